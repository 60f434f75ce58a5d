"""Tables that some copies of a data set come without."""

from __future__ import annotations

from collections.abc import Sequence

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading.tables import csv_rows, xlsx_rows
from ultrasam.corpus.source import Source
from ultrasam.errors import InputError


def optional_rows(source: Source, pattern: str, columns: Sequence[str], notes: Notes) -> list[dict[str, str]]:
    """The rows of the one CSV or Excel file that fits a pattern; none, and a warning, where they cannot be had.

    Raises:
        MissingExtraError: it is there, but the package that reads it is not installed.
    """
    files = source.select(pattern)
    notes.ignore(*files)
    if len(files) != 1:
        paths = ", ".join(file.path for file in files) or "none"
        notes.warn(f"Expected one table {pattern}, but found {paths}: what it says of the images is missing.")
        return []
    try:
        return (xlsx_rows if files[0].suffix == ".xlsx" else csv_rows)(files[0], columns)
    except InputError as error:
        notes.warn(f"What a table says of the images is missing. {error}")
        return []
