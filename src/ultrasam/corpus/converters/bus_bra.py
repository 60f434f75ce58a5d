"""BUS-BRA: ``bus_0001-l.png`` with ``mask_0001-l.png``; tables of cases and of cross-validation folds."""

from __future__ import annotations

from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import LabelMask, LabelPicture, Legend, PictureFile, csv_rows, optional_rows, pairs
from ultrasam.corpus.sample import Sample
from ultrasam.corpus.source import Source, SourceFile

_CLASSES = {"benign": "breast_lesion_benign", "malignant": "breast_lesion_malignant"}
_LABELS = {"Pathology": "diagnosis", "Histology": "histology", "BIRADS": "BI-RADS", "Device": "device", "Side": "side"}
_TEST_FOLD = "1"


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """All images; fold 1 of five is the test part, as in published comparisons."""
    table = source.find("bus_data.csv")
    notes.ignore(table, *source.select("10-fold-cv.csv"))
    rows = {_number(row["ID"]): row for row in csv_rows(table, ("ID", "Case", *_LABELS))}
    folds = {_number(row["ID"]): row["kFold"] for row in optional_rows(source, "5-fold-cv.csv", ("ID", "kFold"), notes)}
    for image, mask in pairs(source.select("Images/bus_*.png"), source.select("Masks/mask_*.png"), notes, _key):
        row, fold = rows.get(_key(image), {}), folds.get(_key(image), "")
        category = _CLASSES.get(row.get("Pathology", "").lower())
        if category is None:
            notes.skip(image, "Expected benign or malignant for this image in bus_data.csv, but it says neither.")
            notes.ignore(mask)
            continue
        if folds and not fold:
            notes.warn(f"{image.path} is in no fold of 5-fold-cv.csv: its official split is unknown.")
        yield Sample(
            name=image.stem,
            pixels=PictureFile(image),
            masks=(LabelMask(LabelPicture(mask), Legend.binary(category)),),
            patient=row["Case"],
            split=None if not fold else "test" if fold == _TEST_FOLD else "train",
            labels=(
                *((label, row[column]) for column, label in _LABELS.items() if row[column]),
                *((("fold", fold),) if fold else ()),
            ),
            is_negative_if_empty=False,
        )


def _key(file: SourceFile) -> str:
    return _number(file.stem)


def _number(name: str) -> str:
    """``"0001-l"`` of ``bus_0001-l`` and of ``mask_0001-l``."""
    return name.lower().partition("_")[2]
