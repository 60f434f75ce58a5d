"""FH-PS-AOP: ``image_mha/00001.mha``, whose three equal planes are colours, with ``label_mha/00001.mha``."""

from __future__ import annotations

from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import ImageStack, LabelMask, LabelPlane, LabelStack, Legend, Plane, pairs, volume_size
from ultrasam.corpus.sample import Sample, Unreadable
from ultrasam.corpus.source import Source

_LEGEND = Legend.index({1: "pubic_symphysis", 2: "fetal_head"})


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """All pairs; masks stay as they are."""
    for image, mask in pairs(source.select("image_mha/*.mha"), source.select("label_mha/*.mha"), notes):
        try:
            size = volume_size(image)
        except Unreadable as error:
            notes.skip(image, str(error))
            notes.ignore(mask)
            continue
        if size[2:] not in ((), (1,), (3,)):
            notes.skip(image, "Expected one picture, whose three colours may be stored as planes, but got a volume.")
            notes.ignore(mask)
            continue
        yield Sample(
            name=image.stem,
            pixels=Plane(ImageStack(image), 0),
            masks=(LabelMask(LabelPlane(LabelStack(mask), 0), _LEGEND),),
            is_negative_if_empty=False,
        )
