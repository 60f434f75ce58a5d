"""Dice against the structure's size."""

from __future__ import annotations

from ultrasam.evaluation.examples import headline_protocols
from ultrasam.evaluation.report.charts.panel import (
    Canvas,
    Chart,
    ChartGroup,
    colour_of,
    dice_axis,
    draw_line,
    panels,
    slug,
)
from ultrasam.evaluation.summary import SIZES, DatasetSummary, Summary


def dice_by_size(summary: Summary) -> ChartGroup:
    """A line per headline protocol, a panel per data set."""
    protocols = headline_protocols(summary.protocols())
    with panels():
        charts = tuple(
            Chart(dataset.name, _panel(dataset, protocols, slug("sizes", str(number))))
            for number, dataset in enumerate(summary.datasets)
        )
    note = "By the structure's share of the image's area; lines up and down: 95 % intervals."
    return ChartGroup("Dice against size", note, tuple((name, colour_of(name)) for name in protocols), charts)


def _panel(dataset: DatasetSummary, protocols: list[str], name: str) -> str:
    canvas = Canvas(230, 170)
    classes = [size for size, _ in SIZES]
    for number, protocol in enumerate(protocols):
        result = dataset.result(protocol)
        if result is None:
            continue
        found = [(place, result.sizes[size]) for place, size in enumerate(classes) if size in result.sizes]
        draw_line(
            canvas.axes,
            [place for place, _ in found],
            [estimate for _, estimate in found],
            colour_of(protocol),
            shift=0.1 * (number - (len(protocols) - 1) / 2),
        )
    dice_axis(canvas.axes)
    canvas.axes.set_xticks(range(len(classes)), [_short(size) for size in classes])
    canvas.axes.set_xlim(-0.4, len(classes) - 0.6)
    return canvas.svg(name, f"Dice against the size of the structure on {dataset.name}")


def _short(size: str) -> str:
    return size.replace("under ", "< ").replace("over ", "> ").replace(" to ", "–")
