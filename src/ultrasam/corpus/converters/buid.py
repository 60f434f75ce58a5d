"""BUID: ``1 Benign Image.bmp`` with ``1 Benign Mask.tif``, in a folder or archive per diagnosis."""

from __future__ import annotations

from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import LabelMask, LabelPicture, Legend, PictureFile, pairs
from ultrasam.corpus.sample import Sample
from ultrasam.corpus.source import Source, SourceFile


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """Both diagnoses; the pictures called Lesion show the image with the outline drawn on it."""
    for diagnosis in ("benign", "malignant"):
        notes.ignore(*source.select(f"* {diagnosis} Lesion.bmp"))
        images, masks = source.select(f"* {diagnosis} Image.bmp"), source.select(f"* {diagnosis} Mask.tif")
        for image, mask in pairs(images, masks, notes, _number):
            yield Sample(
                name=f"{diagnosis}/{_number(image)}",
                pixels=PictureFile(image),
                masks=(LabelMask(LabelPicture(mask), Legend.binary(f"breast_lesion_{diagnosis}")),),
                labels=(("diagnosis", diagnosis),),
                is_negative_if_empty=False,
            )


def _number(file: SourceFile) -> str:
    """``"1"`` of ``1 Benign Image.bmp`` and of ``1 Benign Mask.tif``."""
    return file.stem.split(" ")[0]
