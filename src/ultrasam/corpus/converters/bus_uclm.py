"""BUS-UCLM: ``ALWI_000.png``, the first word of which is the patient, and a mask whose colours are the diagnoses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import LabelMask, LabelPicture, Legend, PictureFile, optional_rows, pairs, stem
from ultrasam.corpus.sample import Sample
from ultrasam.corpus.source import Source

_LESIONS = Legend.colours({(0, 255, 0): "breast_lesion_benign", (255, 0, 0): "breast_lesion_malignant"}, tolerance=128)
_TEST_PATIENTS = ("COPE", "ANFO", "ELCO", "CRCI", "FLKA")
_LABELS = {"Label": "diagnosis", "Doppler": "doppler", "Marks": "marks", "Combined": "combined"}


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """All images; those of normal tissue have black masks."""
    rows = optional_rows(source, "INFO.csv", ("Image", *_LABELS), notes)
    row_of = {PurePosixPath(row["Image"]).stem.lower(): row for row in rows}
    for image, mask in pairs(source.select("images/*.png"), source.select("masks/*.png"), notes):
        row = row_of.get(stem(image), {})
        if rows and not row:
            notes.warn(f"{image.path} has no row in INFO.csv: its image-level labels are missing.")
        patient = image.stem.partition("_")[0].upper()
        yield Sample(
            name=image.stem,
            pixels=PictureFile(image),
            # The masks of a few images were drawn on the image stretched to 856 x 606 pixels.
            masks=(LabelMask(LabelPicture(mask, palette="colour"), _LESIONS, any_shape=True),),
            patient=patient,
            split="test" if patient in _TEST_PATIENTS else "train",
            labels=tuple((label, row[column].lower()) for column, label in _LABELS.items() if row.get(column)),
            is_negative_if_empty=row.get("Label", "normal").lower() == "normal",
        )
