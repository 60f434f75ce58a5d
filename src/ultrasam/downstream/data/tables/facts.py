"""Patients and parts that a table tells about images whose masks or classes are told by folders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from ultrasam.corpus import Skipped
from ultrasam.corpus.reading.tables import csv_rows
from ultrasam.downstream.data.draft import Draft
from ultrasam.downstream.data.files import source_file, stem_of
from ultrasam.downstream.data.options import ReadingOptions
from ultrasam.downstream.data.tables.cells import text_of
from ultrasam.errors import InputError


def has_columns(table: Path, columns: Sequence[str]) -> bool:
    """Whether a table has all of these columns."""
    try:
        csv_rows(source_file(table), columns)
    except InputError:
        return False
    return True


def with_table_facts(draft: Draft, table: Path, options: ReadingOptions) -> Draft:
    """The same images with the patient and the part that a table names.

    Rows are found by the image's path, else by its file's name, both without suffix. A table without images, or with
    neither patients nor parts, says nothing.

    Raises:
        InputError: rows about one image contradict each other.
    """
    columns = (options.patient_column, options.split_column)
    if not has_columns(table, [options.image_column]):
        return _noted(draft, table, f"It has no column {options.image_column}: it is not used.")
    rows = csv_rows(source_file(table), [options.image_column], columns)
    if not rows or not any(column in rows[0] for column in columns):
        return _noted(draft, table, f"It has no column {' or '.join(columns)}: it is not used.")
    said: dict[str, tuple[str | None, str | None]] = {}
    for row in rows:
        key = stem_of(text_of(row[options.image_column]).replace("\\", "/")).casefold()
        facts = (text_of(row.get(columns[0])) or None, text_of(row.get(columns[1])) or None)
        if said.setdefault(key, facts) != facts:
            raise InputError(f"Expected one patient and one part for each image in {table.name}, but {key} has two.")
    entries = []
    unnamed = []
    for entry in draft.entries:
        key = stem_of(entry.name).casefold()
        facts = said.get(key) or said.get(PurePosixPath(key).name) or (None, None)
        if facts == (None, None):
            unnamed.append(Skipped(draft.name, entry.name, f"{table.name} says nothing about it."))
        entries.append(replace(entry, patient=facts[0], split=facts[1] or entry.split))
    return replace(draft, entries=tuple(entries), notes=(*draft.notes, *unnamed))


def _noted(draft: Draft, table: Path, reason: str) -> Draft:
    return replace(draft, notes=(*draft.notes, Skipped(draft.name, table.name, reason)))
