"""Fast-U-Net: ``Dataset/AC``, images and masks in rar archives; ``Dataset/HC`` is HC18 again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import LabelPicture, Legend, OutlineMask, PictureFile, pairs
from ultrasam.corpus.sample import Sample, SplitName
from ultrasam.corpus.source import Source

_LEGEND = Legend.binary("fetal_abdomen")


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """The images of the abdomen."""
    split_of = _splits(source, notes)
    images, masks = source.select("AC/AC_image*/**/*.png"), source.select("AC/AC_mask*/**/*.png")
    for image, mask in pairs(images, masks, notes):
        yield Sample(
            name=image.stem,
            pixels=PictureFile(image),
            masks=(OutlineMask(LabelPicture(mask), _LEGEND, shape="ellipse"),),
            split=cast("SplitName | None", split_of.get(image.stem.lower())),
            is_negative_if_empty=False,
        )
    notes.ignore(*source.select("HC/HC_mask*/**/*.png"))
    for image in source.select("HC/HC_image*/**/*.png"):
        notes.skip(image, "A smaller copy of an image of HC18: convert that data set instead.")


def _splits(source: Source, notes: Notes) -> dict[str, str]:
    """Stem to part; lines are ``resized_data/image/0062.png resized_data/mask/0062.png``."""
    split_of = {}
    for part in ("train", "val"):
        lists = source.select(f"AC/{part}.txt")
        notes.ignore(*lists)
        if not lists:
            notes.warn(f"The official split is missing: expected AC/{part}.txt, but there is none.")
        for line in (line for file in lists for line in file.read().decode("utf-8", "replace").splitlines()):
            name = line.partition(" ")[0].rpartition("/")[2]
            split_of[name.rpartition(".")[0].lower()] = part
    return split_of
