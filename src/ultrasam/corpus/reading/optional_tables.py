"""Tables that some copies of a data set come without."""

from __future__ import annotations

from collections.abc import Sequence

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading.tables import csv_rows, xlsx_rows
from ultrasam.corpus.source import Source
from ultrasam.errors import InputError


def optional_rows(source: Source, pattern: str, columns: Sequence[str], notes: Notes) -> list[dict[str, str]]:
    """The rows of a CSV or Excel file; none, and a warning, where it is missing, damaged or has other columns.

    Raises:
        MissingExtraError: it is there, but the package that reads it is not installed.
    """
    try:
        file = source.find(pattern)
        notes.ignore(file)
        return (xlsx_rows if file.suffix == ".xlsx" else csv_rows)(file, columns)
    except InputError as error:
        notes.warn(f"What the table says is missing: {error}")
        return []
