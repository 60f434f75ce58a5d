"""STU-Hospital: ``Test_Image_1.png`` with ``mask_1.png``, which is larger than the image and has soft edges."""

from __future__ import annotations

from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import LabelMask, LabelPicture, Legend, PictureFile, pairs
from ultrasam.corpus.sample import Sample
from ultrasam.corpus.source import Source, SourceFile

_LESION = Legend.binary("breast_lesion")


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """All images by the number at the end of their names."""
    notes.ignore(*source.select("demo/**"), *source.select("Dataset B/**"))
    images, masks = source.select("Hospital/Test_Image_*.png"), source.select("Hospital/mask_*.png")
    for image, mask in pairs(images, masks, notes, _number):
        yield Sample(
            name=_number(image),
            pixels=PictureFile(image),
            masks=(LabelMask(LabelPicture(mask), _LESION),),
            is_negative_if_empty=False,
        )


def _number(file: SourceFile) -> str:
    """``"1"`` of ``Test_Image_1.png`` and of ``mask_1.png``."""
    return file.stem.rpartition("_")[2]
