"""FASS: ``IMAGES/P01_IMG1.png`` with ``ARRAY_FORMAT/P01_IMG1.npy``, a pickled dictionary of binary arrays."""

from __future__ import annotations

from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import PickledMasks, PictureFile, pairs
from ultrasam.corpus.sample import Sample
from ultrasam.corpus.source import Source

_CLASSES = ("artery", "liver", "stomach", "vein")


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """All images; the letters before ``_`` are the patient."""
    for image, arrays in pairs(source.select("IMAGES/*.png"), source.select("ARRAY_FORMAT/*.npy"), notes):
        yield Sample(
            name=image.stem,
            pixels=PictureFile(image),
            masks=(PickledMasks(arrays, "structures", _CLASSES),),
            patient=image.stem.partition("_")[0].upper(),
            is_negative_if_empty=False,
        )
