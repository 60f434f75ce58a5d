"""CCAUI: ``US images/202201121748100022VAS_slice_1069.png`` with a mask of the same name in ``Expert mask images``."""

from __future__ import annotations

from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import LabelMask, LabelPicture, Legend, PictureFile, pairs
from ultrasam.corpus.sample import Sample
from ultrasam.corpus.source import Source

_LEGEND = Legend.binary("carotid_artery")


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """The acquisition stands before ``_slice_``, the frame after it; several acquisitions are of one subject."""
    images, masks = source.select("US images/*.png"), source.select("Expert mask images/*.png")
    for image, mask in pairs(images, masks, notes):
        acquisition, _, frame = image.stem.rpartition("_slice_")
        yield Sample(
            name=image.stem,
            pixels=PictureFile(image),
            masks=(LabelMask(LabelPicture(mask), _LEGEND),),
            sequence=acquisition or None,
            frame=int(frame) if acquisition and frame.isdecimal() else None,
        )
