"""What each class was taken for."""

from __future__ import annotations

from ultrasam.corpus.statistics.style import BLUE
from ultrasam.downstream.testing.report.charts.axes import short_name
from ultrasam.downstream.testing.tested import Tested
from ultrasam.evaluation.report.charts.panel import INK, Canvas, Chart, ChartGroup, panels

_CELL, _SMALLEST = 34, 120
_LETTER = 5.4
#: A matrix of more classes cannot be read, and takes minutes to be drawn.
MOST_CLASSES = 40


def confusion_chart(tested: Tested) -> ChartGroup:
    """Shares of each class's cases; none where an image may have several classes, or there are too many."""
    charts: tuple[Chart, ...] = ()
    if not tested.several and len(tested.classes) <= MOST_CLASSES:
        with panels():
            charts = (Chart("share of each row, and how many", _panel(tested)),)
    note = "A row is what the cases are, a column what they were taken for; the diagonal is right."
    return ChartGroup("Confusion matrix", note, (), charts)


def _panel(tested: Tested) -> str:
    confusion = tested.classified().confusion
    names = [short_name(name) for name in tested.classes]
    longest = _LETTER * max(map(len, names)) + 12
    side = max(_CELL * len(confusion), _SMALLEST - longest)
    # Below, the names are slanted.
    canvas = Canvas(side + longest, side + 0.75 * longest)
    axes = canvas.axes
    for row, counts in enumerate(confusion):
        total = counts.sum()
        for column, found in enumerate(counts):
            share = float(found / total) if total else 0.0
            # Drawn by opacity, so that no cell takes the page's light or dark for granted.
            opacity = 0.08 + 0.62 * share
            axes.broken_barh([(column - 0.48, 0.96)], (row - 0.48, 0.96), facecolor=BLUE, alpha=opacity, linewidth=0)
            axes.text(column, row, str(int(found)), ha="center", va="center", color=INK)
    axes.set_xlim(-0.5, len(confusion) - 0.5)
    axes.set_ylim(len(confusion) - 0.5, -0.5)
    axes.set_xticks(range(len(confusion)), names, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(confusion)), names)
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_aspect("equal")
    return canvas.svg("confusion", "Confusion matrix")
