"""Patients that only a file's name tells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ultrasam.corpus import Skipped
from ultrasam.downstream.data.draft import Entry
from ultrasam.errors import InputError


def with_patients(entries: Sequence[Entry], pattern: str | None, name: str) -> tuple[list[Entry], list[Skipped]]:
    """The entries, each with the patient that its file's name tells; as they are where there is no pattern.

    Args:
        entries: of a data set.
        pattern: a regular expression, searched for in file names without folders; its first group is the patient.
        name: of the data set.

    Returns:
        The entries; and which names tell no patient.

    Raises:
        InputError: no name tells one.
    """
    if pattern is None:
        return list(entries), []
    found, notes = [], []
    for entry in entries:
        match = re.search(pattern, entry.path.name)
        if match is None or not match[1]:
            notes.append(Skipped(name, entry.name, "Its name tells no patient by the pattern: it counts as one alone."))
        found.append(replace(entry, patient=match[1] or None if match else None))
    if entries and len(notes) == len(entries):
        raise InputError(
            f"Expected file names that {pattern!r} finds the patient in, but it finds none in any of "
            f"{len(entries)}, such as {entries[0].path.name}."
        )
    return found, notes
