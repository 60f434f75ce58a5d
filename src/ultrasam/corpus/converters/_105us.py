"""105US: ``001.png`` with ``001 G man.png``, a grey mask, in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import LabelMask, LabelPicture, Legend, PictureFile, pairs
from ultrasam.corpus.sample import Sample
from ultrasam.corpus.source import Source, SourceFile

_LESION = Legend.binary("liver_lesion")


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """Images and masks by the number that their names begin with."""
    notes.ignore(*source.select("105 US Images/readme.txt"))
    images, masks = source.select("105 US Images/*.png"), source.select("105 US Masks/*.png")
    for image, mask in pairs(images, masks, notes, _number):
        yield Sample(
            name=_number(image),
            pixels=PictureFile(image),
            masks=(LabelMask(LabelPicture(mask), _LESION),),
            is_negative_if_empty=False,
        )


def _number(file: SourceFile) -> str:
    """``"001"`` of ``001.png``, of ``1.png`` and of ``001 G man.png``."""
    first = file.stem.lower().split(" ")[0]
    return first.zfill(3)
