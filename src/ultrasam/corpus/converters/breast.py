"""BrEaST: ``case001.png`` with ``case001_tumor.png``, ``case001_other1.png``, … one file per finding; a table."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import LabelMask, LabelPicture, Legend, PictureFile, by_key, optional_rows, stem
from ultrasam.corpus.sample import Sample
from ultrasam.corpus.source import Source, SourceFile
from ultrasam.types import SpacingXY

_MASK = re.compile(r"(case\d+)_(.+)", re.IGNORECASE)
_TUMOR = re.compile(r"tumor\d*", re.IGNORECASE)
_TUMOR_CLASSES = {"benign": "breast_lesion_benign", "malignant": "breast_lesion_malignant"}
_LABELS = {"Classification": "diagnosis", "BIRADS": "BI-RADS", "Diagnosis": "histology"}
_NO_VALUES = ("", "not applicable", "not available")
#: In centimetres; what lies outside is no size of a pixel of this set.
_PIXEL_SIZES = (0.002, 0.05)


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """Images of all cases; one without a mask is a negative if the table says that its tissue is normal."""
    rows = optional_rows(source, "*.xlsx", ("Image_filename", "Pixel_size", *_LABELS), notes)
    row_of = {PurePosixPath(row["Image_filename"]).stem.lower(): row for row in rows}
    # By folder, as the tree may be there twice.
    masks: defaultdict[tuple[str, str], list[tuple[str, SourceFile]]] = defaultdict(list)
    images = []
    for file in source.select("case*.png"):
        if found := _MASK.fullmatch(file.stem):
            masks[file.folder, found[1].lower()].append((found[2], file))
        else:
            images.append(file)
    for case, image in by_key(images, stem, notes).items():
        row = row_of.get(case, {})
        diagnosis = row.get("Classification", "").lower()
        if rows and not row:
            notes.warn(f"{image.path} has no row in the table: its diagnosis is unknown.")
        own = masks.pop((image.folder, case), [])
        if not own and diagnosis != "normal":
            notes.skip(image, "Expected a mask, or a table that says that this image is normal, but there is neither.")
            continue
        tumor = _TUMOR_CLASSES.get(diagnosis, "breast_lesion")
        yield Sample(
            name=case,
            pixels=PictureFile(image),
            masks=tuple(
                LabelMask(
                    LabelPicture(file), Legend.binary(tumor if _TUMOR.fullmatch(finding) else "other_abnormality")
                )
                for finding, file in own
            ),
            patient=case,
            spacing_mm=_spacing(row),
            labels=tuple(
                (label, row[column]) for column, label in _LABELS.items() if row.get(column) not in (None, *_NO_VALUES)
            ),
            is_negative_if_empty=diagnosis == "normal",
        )
    for _, mask in (entry for rest in masks.values() for entry in rest):
        notes.skip(mask, "Expected one image for this mask, but there is none, or there are several.")


def _spacing(row: Mapping[str, str]) -> SpacingXY | None:
    """Millimetres per pixel of a row of the table."""
    try:
        centimetres = float(row.get("Pixel_size", ""))
    except ValueError:
        return None
    smallest, largest = _PIXEL_SIZES
    return (centimetres * 10, centimetres * 10) if smallest <= centimetres <= largest else None
