"""Tables as wide as a terminal: a number that is broken over two lines cannot be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from ultrasam.corpus import statistics

#: Columns that are shown however narrow it is: the row's name and its first number.
_LEAST_COLUMNS = 2


def fitted(words: statistics.Table, width: int | None, *, of_words: Sequence[str] = ()) -> Table:
    """A table that breaks no cell: where it is too wide its heads are broken, then columns left out from the right.

    Args:
        words: what stands in it.
        width: of the terminal; None for as much as the table needs.
        of_words: columns beside the first that hold words and no numbers.
    """
    columns = list(zip(words.columns, *words.rows, strict=True))
    widths = [max(map(cell_len, column)) for column in columns]
    if width is not None and _whole(widths) > width:
        widths = [max(map(cell_len, (*head.split(), *cells))) for head, *cells in columns]
        while _whole(widths) > width and len(widths) > _LEAST_COLUMNS:
            widths.pop()
    left_out = ", ".join(words.columns[len(widths) :])
    notes = [
        words.note,
        f"Too wide to be shown here: {left_out}; a wider terminal or --json has all." if left_out else "",
    ]
    table = Table(
        title=Text(words.title),
        title_justify="left",
        caption=Text("\n".join(filter(None, notes))) if any(notes) else None,
        caption_justify="left",
        width=_whole(widths),
    )
    for place, (head, wide) in enumerate(zip(words.columns, widths, strict=False)):
        table.add_column(Text(head), width=wide, justify="left" if place == 0 or head in of_words else "right")
    for row in words.rows:
        table.add_row(*map(Text, row[: len(widths)]))
    return table


def _whole(widths: Sequence[int]) -> int:
    """The width of a table: a blank on each side of a cell, and lines between them."""
    return sum(wide + 3 for wide in widths) + 1
