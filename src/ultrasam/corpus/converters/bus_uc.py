"""BUS_UC: images and masks of one name, in a folder per diagnosis."""

from __future__ import annotations

from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import LabelMask, LabelPicture, Legend, PictureFile, pairs, stem
from ultrasam.corpus.sample import Sample
from ultrasam.corpus.source import Source


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """Both diagnoses; the folder All holds the same files once more."""
    notes.ignore(*source.select("All/**"))
    for diagnosis in ("benign", "malignant"):
        images, masks = source.select(f"{diagnosis}/images/*.png"), source.select(f"{diagnosis}/masks/*.png")
        for image, mask in pairs(images, masks, notes):
            yield Sample(
                name=f"{diagnosis}/{stem(image)}",
                pixels=PictureFile(image),
                masks=(LabelMask(LabelPicture(mask), Legend.binary(f"breast_lesion_{diagnosis}")),),
                labels=(("diagnosis", diagnosis),),
                is_negative_if_empty=False,
            )
