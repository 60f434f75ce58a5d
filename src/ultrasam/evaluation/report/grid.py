"""A table of a report, whatever it is written in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ultrasam.evaluation.metrics.scores import Metric
from ultrasam.evaluation.report.wording import MISSING, interval, number
from ultrasam.evaluation.statistics.bootstrap import Estimate


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        text: what stands in it.
        interval: what stands behind it in small type; may be empty.
        best: the best of its row.
    """

    text: str
    interval: str = ""
    best: bool = False

    @property
    def whole(self) -> str:
        """Text and interval."""
        return f"{self.text} {self.interval}" if self.interval else self.text


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        cells: one per column.
        total: it sums the rows above it up.
    """

    cells: tuple[Cell, ...]
    total: bool = False

    @classmethod
    def of(cls, *cells: Cell | str, total: bool = False) -> Row:
        """A row of cells or their texts."""
        return cls(tuple(Cell(cell) if isinstance(cell, str) else cell for cell in cells), total)


@dataclass(frozen=True)
class Grid:
    """A table.

    Attributes:
        title: what it shows.
        columns: their names.
        align: ``l`` or ``r`` for each column.
        rows: at least as many as there is to say; a table without rows is left out of reports.
        note: a sentence below it; may be empty.
    """

    title: str
    columns: tuple[str, ...]
    align: str
    rows: tuple[Row, ...]
    note: str = ""

    def blocks(self, fixed: int, width: int) -> list[Grid]:
        """The table in pieces of at most ``width`` columns beside the first ``fixed`` ones, which each piece has."""
        places = range(fixed, len(self.columns))
        pieces = [[*range(fixed), *places[start : start + width]] for start in range(0, len(places), width)]
        return [self._columns(piece) for piece in pieces] or [self]

    def _columns(self, wanted: Sequence[int]) -> Grid:
        return replace(
            self,
            columns=tuple(self.columns[i] for i in wanted),
            align="".join(self.align[i] for i in wanted),
            rows=tuple(replace(row, cells=tuple(row.cells[i] for i in wanted)) for row in self.rows),
        )


def estimate_cell(estimate: Estimate | None, metric: Metric, *, best: bool = False) -> Cell:
    """A mean with its interval."""
    if estimate is None:
        return Cell(MISSING)
    return Cell(number(estimate.mean, metric.digits), interval(estimate.low, estimate.high, metric.digits), best)
