"""HC18: ``training_set/010_2HC.png`` with the outline of an ellipse, ``010_2HC_Annotation.png``."""

from __future__ import annotations

from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import LabelPicture, Legend, OutlineMask, PictureFile, optional_rows, pairs_by_ending
from ultrasam.corpus.sample import Sample
from ultrasam.corpus.source import Source

_LEGEND = Legend.binary("fetal_head")
_NAME, _PIXEL_SIZE, _CIRCUMFERENCE = "filename", "pixel size(mm)", "head circumference (mm)"


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """The training set; the outlines of the test set are not public."""
    table = optional_rows(source, "training_set_pixel_size_and_HC.csv", (_NAME, _PIXEL_SIZE, _CIRCUMFERENCE), notes)
    row_of = {row[_NAME].lower(): row for row in table}
    for image, outline in pairs_by_ending(source.select("training_set/*.png"), notes, mask="_annotation"):
        row = row_of.get(image.name.lower(), {})
        pixel_size = _millimetres(row.get(_PIXEL_SIZE, ""))
        if table and pixel_size is None:
            notes.warn(f"The table says no pixel size of {image.path}.")
        circumference = row.get(_CIRCUMFERENCE)
        yield Sample(
            name=f"train/{image.stem}",
            pixels=PictureFile(image),
            masks=(OutlineMask(LabelPicture(outline), _LEGEND, shape="ellipse"),),
            patient=image.stem.partition("_")[0],
            split="train",
            spacing_mm=(pixel_size, pixel_size) if pixel_size else None,
            labels=(("head circumference in mm", circumference),) if circumference else (),
            is_negative_if_empty=False,
        )
    for image in source.select("test_set/*.png"):
        notes.skip(image, "The outlines of the test set are not public.")
    notes.ignore(*source.select("test_set_pixel_size.csv"))


def _millimetres(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 < number < float("inf") else None
