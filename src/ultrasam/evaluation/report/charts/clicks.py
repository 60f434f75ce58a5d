"""Dice against the number of corrective clicks."""

from __future__ import annotations

from itertools import cycle

from ultrasam.corpus.statistics.style import BLUE, GREEN, ORANGE, PURPLE, VERMILION
from ultrasam.evaluation.report.charts.panel import Canvas, Chart, ChartGroup, dice_axis, panels, slug
from ultrasam.evaluation.summary import DatasetSummary, Summary

#: The first is that of clicks in other charts; orange is the box's.
_COLOURS = (PURPLE, BLUE, GREEN, VERMILION)


def dice_by_clicks(summary: Summary) -> ChartGroup:
    """A line per click protocol, a panel per data set; the exact box as a mark to reach, where it was asked."""
    protocols = [name for name in summary.protocols() if name.startswith("clicks-")]
    colours = dict(zip(protocols, cycle(_COLOURS), strict=False))
    having = [d for d in summary.datasets if any(d.result(name) for name in protocols)]
    with panels():
        charts = tuple(
            Chart(dataset.name, _panel(dataset, colours, slug("clicks", str(number))))
            for number, dataset in enumerate(having)
        )
    legend = list(colours.items())
    if "box" in summary.protocols():
        legend.append(("the exact box (dashed)", ORANGE))
    note = "Mean after each click; band: 95 % interval."
    return ChartGroup("Dice against the number of clicks", note, tuple(legend), charts)


def _panel(dataset: DatasetSummary, colours: dict[str, str], name: str) -> str:
    canvas = Canvas(230, 170)
    axes = canvas.axes
    most = 1
    for protocol, colour in colours.items():
        results = sorted((r for r in dataset.results if r.protocol == protocol), key=lambda result: result.step)
        estimates = [result.estimates["dice"] for result in results]
        steps = [result.step for result in results]
        axes.fill_between(
            steps, [e.low for e in estimates], [e.high for e in estimates], color=colour, alpha=0.25, linewidth=0
        )
        axes.plot(steps, [e.mean for e in estimates], color=colour, marker="o", markersize=4)
        most = max([most, *steps])
    box = dataset.result("box")
    if box is not None:
        axes.axhline(box.estimates["dice"].mean, color=ORANGE, linestyle=(0, (4, 3)), linewidth=1.5)
    dice_axis(axes)
    axes.set_xticks(range(1, most + 1))
    axes.set_xlim(0.6, most + 0.4)
    axes.set_xlabel("clicks")
    return canvas.svg(name, f"Dice against the number of clicks on {dataset.name}")
