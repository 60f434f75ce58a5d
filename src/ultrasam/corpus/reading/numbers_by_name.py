"""Tables of two columns that often come without a head: ``0000.jpg,1``."""

from __future__ import annotations

from collections.abc import Container
from pathlib import PurePosixPath

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.source import Source


def numbers_by_name(source: Source, pattern: str, numbers: Container[str], notes: Notes) -> dict[str, str]:
    """The number behind each name of a file; nothing where there is no table.

    Args:
        source: with the table, or several of them.
        pattern: of its path.
        numbers: that there are; lines with another one are passed by, and said.
        notes: where the table and its odd lines go.

    Returns:
        by names without suffix, in lower case, as :func:`ultrasam.corpus.reading.stem` gives them.
    """
    found: dict[str, str] = {}
    for file in source.select(pattern):
        notes.ignore(file)
        odd = []
        for place, line in enumerate(file.read().decode("utf-8-sig", "replace").split()):
            name, _, number = line.rpartition(",")
            if name and number in numbers:
                found[PurePosixPath(name).stem.lower()] = number
            elif place > 0 or number.isdecimal():
                odd.append(line)
        if odd:
            notes.warn(
                f"Expected lines as 0000.jpg,1 in {file.path}, but {len(odd):,} are others, which are passed by: "
                f"{odd[0]!r}{', …' if len(odd) > 1 else ''}."
            )
    return found
