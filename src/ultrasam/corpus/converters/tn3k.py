"""TN3K: ``tn3k/trainval-image/0000.jpg`` with ``tn3k/trainval-mask/0000.jpg``, and the same for ``test``."""

from __future__ import annotations

from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import LabelMask, LabelPicture, Legend, PictureFile, pairs
from ultrasam.corpus.sample import Sample, SplitName
from ultrasam.corpus.source import Source

_LEGEND = Legend.binary("thyroid_nodule")
_SPLITS: dict[str, SplitName] = {"trainval": "train", "test": "test"}
_DIAGNOSES = {"0": "benign", "1": "malignant"}


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """Both parts; their numbers repeat. The folds within the first one say nothing about patients."""
    notes.ignore(*source.select("{tg3k,DDTI dataset}/**/*"), *source.select("tn3k-trainval-fold*.json"))
    for part, split in _SPLITS.items():
        diagnosis_of = _diagnoses(source, f"label4{part}.csv", notes)
        images, masks = source.select(f"{part}-image/*.jpg"), source.select(f"{part}-mask/*.jpg")
        for image, mask in pairs(images, masks, notes):
            diagnosis = diagnosis_of.get(image.name)
            yield Sample(
                name=f"{part}/{image.stem}",
                pixels=PictureFile(image),
                masks=(LabelMask(LabelPicture(mask), _LEGEND),),
                split=split,
                labels=(("diagnosis", diagnosis),) if diagnosis else (),
            )


def _diagnoses(source: Source, table: str, notes: Notes) -> dict[str, str]:
    """Of the names of files; the table has no head."""
    found: dict[str, str] = {}
    for file in source.select(table):
        notes.ignore(file)
        for line in file.read().decode("utf-8-sig", "replace").split():
            name, _, number = line.rpartition(",")
            if number in _DIAGNOSES:
                found[name] = _DIAGNOSES[number]
            else:
                notes.warn(f"Expected lines as 0000.jpg,1 in {file.path}, but got {line!r}: it is passed by.")
    return found
