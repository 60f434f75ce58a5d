"""UDIAT, also known as Dataset B: ``original/000001.png`` with ``GT/000001.png``; a table of diagnoses."""

from __future__ import annotations

from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import LabelMask, LabelPicture, Legend, PictureFile, optional_rows, pairs, stem
from ultrasam.corpus.sample import Sample
from ultrasam.corpus.source import Source

_CLASSES = {"benign": "breast_lesion_benign", "malignant": "breast_lesion_malignant"}


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """All images, each of another patient; the table calls the first one 1."""
    rows = optional_rows(source, "DatasetB.xlsx", ("Image", "Type"), notes)
    type_of = {row["Image"].zfill(6): row["Type"].lower() for row in rows}
    for image, mask in pairs(source.select("original/*.png"), source.select("GT/*.png"), notes):
        diagnosis = type_of.get(stem(image), "")
        category = _CLASSES.get(diagnosis, "breast_lesion")
        if rows and diagnosis not in _CLASSES:
            notes.warn(f"{image.path} is neither benign nor malignant in DatasetB.xlsx: its diagnosis is unknown.")
        yield Sample(
            name=stem(image),
            pixels=PictureFile(image),
            masks=(LabelMask(LabelPicture(mask), Legend.binary(category)),),
            patient=stem(image),
            labels=(("diagnosis", diagnosis),) if diagnosis in _CLASSES else (),
            is_negative_if_empty=False,
        )
