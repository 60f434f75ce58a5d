"""USGRA: ``dataset/images/0000.png`` with ``dataset/masks/0000.png``, and the same in ``dataset/test``."""

from __future__ import annotations

from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import LabelMask, LabelPicture, Legend, PictureFile, pairs, stem
from ultrasam.corpus.sample import Sample, SplitName
from ultrasam.corpus.source import Source, SourceFile

_LEGEND = Legend.index({1: "nerve", 2: "vessel"})


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """Both parts: what lies in the folder ``test``, and all others, which are for training."""
    for image, mask in pairs(source.select("images/*.png"), source.select("masks/*.png"), notes, key=_key):
        yield Sample(
            name=f"{_split(image)}/{image.stem}",
            pixels=PictureFile(image),
            masks=(LabelMask(LabelPicture(mask), _LEGEND),),
            split=_split(image),
            is_negative_if_empty=False,
        )


def _key(file: SourceFile) -> str:
    return f"{_split(file)}/{stem(file)}"


def _split(file: SourceFile) -> SplitName:
    return "test" if f"/{file.folder}".lower().endswith(("/test/images", "/test/masks")) else "train"
