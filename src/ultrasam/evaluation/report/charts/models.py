"""Models side by side."""

from __future__ import annotations

from ultrasam.corpus.statistics.style import SERIES
from ultrasam.evaluation.comparison import Comparison
from ultrasam.evaluation.report.charts.panel import FAINT, Canvas, Chart, ChartGroup, dice_axis, panels, slug
from ultrasam.evaluation.report.comparison_tables import datasets_of, estimate_of, protocols_of

_AXIS_HEIGHT, _GAP, _DOT_HEIGHT = 32, 8, 9


def model_dots(comparison: Comparison) -> ChartGroup:
    """A dot with its interval per data set and model, a panel per protocol."""
    colours = {label: SERIES[i % len(SERIES)] for i, label in enumerate(comparison.labels)}
    with panels():
        charts = tuple(
            Chart(protocol, _panel(comparison, protocol, list(colours.values()), slug("models", str(number))))
            for number, protocol in enumerate(protocols_of(comparison))
        )
    return ChartGroup("Dice by data set", "Means with their 95 % intervals.", tuple(colours.items()), charts)


def _panel(comparison: Comparison, protocol: str, colours: list[str], name: str) -> str:
    datasets = datasets_of(comparison)
    row_height = _GAP + _DOT_HEIGHT * len(colours)
    canvas = Canvas(300, _AXIS_HEIGHT + row_height * len(datasets))
    axes = canvas.axes
    for row, dataset in enumerate(datasets):
        for run, colour in enumerate(colours):
            estimate = estimate_of(comparison, run, dataset, protocol, "dice")
            if estimate is None:
                continue
            y = row + (run - (len(colours) - 1) / 2) * _DOT_HEIGHT / row_height
            axes.hlines([y], [estimate.low], [estimate.high], color=colour, linewidth=1.8)
            axes.plot([estimate.mean], [y], color=colour, marker="o", markersize=5)
        if row:
            axes.axhline(row - 0.5, color=FAINT, linewidth=0.6)
    dice_axis(axes, horizontal=True)
    axes.set_yticks(range(len(datasets)), datasets)
    axes.set_ylim(len(datasets) - 0.45, -0.55)
    axes.spines["left"].set_visible(False)
    return canvas.svg(name, f"Dice of each model under {protocol}")
