"""LUSS_phantom: ``data-3/train/images/CLIP-F12.png`` with ``data-3/train/masks/CLIP-F12.png``, values 0 to 5."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import LabelMask, LabelPicture, Legend, PictureFile, pairs
from ultrasam.corpus.sample import Sample, SplitName
from ultrasam.corpus.source import Source

_LEGEND = Legend.index({1: "rib", 2: "pleural_line", 3: "a_line", 4: "b_line", 5: "b_line_confluence"})


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """Annotated frames, whose names are those of their clips, ``-F`` and a number; a phantom has no patients."""
    notes.ignore(*source.select("VideoClips/**/*"), *source.select("*.{webm,m}"))
    part: SplitName
    for part in get_args(SplitName):
        for image, mask in pairs(source.select(f"{part}/images/*.png"), source.select(f"{part}/masks/*.png"), notes):
            clip, _, frame = image.stem.rpartition("-F")
            yield Sample(
                name=f"{part}/{image.stem}",
                pixels=PictureFile(image),
                masks=(LabelMask(LabelPicture(mask), _LEGEND),),
                sequence=clip or None,
                frame=int(frame) if clip and frame.isdecimal() else None,
                split=part,
            )
