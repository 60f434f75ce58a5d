"""Markdown: words, tables and lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def escape(text: str) -> str:
    """Words that Markdown shows as they are, in one line of a table."""
    words = re.sub(r"\s+", " ", text).strip()
    # An underscore inside a word means nothing to Markdown, nor does "<" before a number.
    return re.sub(r"([\\`*~|\[\]]|<(?=[A-Za-z/!?])|^[>#+-]|(?<!\w)_|_(?!\w))", r"\\\1", words)


def table(columns: Sequence[str], rows: Iterable[Sequence[str | int]]) -> str:
    """A table; numbers stand on the right, with a comma at the thousands.

    Args:
        columns: their names.
        rows: one cell for each column.
    """
    cells = [list(row) for row in rows]
    align = ["r" if all(isinstance(row[place], int) for row in cells) else "l" for place in range(len(columns))]
    words = ([f"{cell:,}" if isinstance(cell, int) else escape(cell) for cell in row] for row in cells)
    return aligned_table(columns, words, align)


def aligned_table(columns: Sequence[str], rows: Iterable[Sequence[str]], align: Sequence[str]) -> str:
    """A table whose cells are Markdown already.

    Args:
        columns: their names, in plain words.
        rows: one cell for each column.
        align: ``"r"`` for each column that stands on the right, ``"l"`` for the others.
    """
    lines = [[escape(column) for column in columns], ["---:" if side == "r" else "---" for side in align], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def bullets(lines: Iterable[str]) -> str:
    """A list; its lines are Markdown already."""
    return "\n".join(f"- {line}" for line in lines)
