"""How Dice is distributed, data set by data set and protocol by protocol."""

from __future__ import annotations

from ultrasam.evaluation.report.charts.panel import INK, Canvas, Chart, ChartGroup, colour_of, dice_axis, panels, slug
from ultrasam.evaluation.summary import DatasetSummary, Summary

_ROW_HEIGHT, _AXIS_HEIGHT = 21, 30


def dice_boxes(summary: Summary) -> ChartGroup:
    """A box plot per protocol, a panel per data set."""
    with panels():
        charts = tuple(
            Chart(dataset.name, _panel(dataset, summary.protocols(), slug("boxes", str(number))))
            for number, dataset in enumerate(summary.datasets)
        )
    note = "Box: the middle half of the objects, with the median; whiskers: from the 5th to the 95th percentile."
    return ChartGroup("Dice by protocol", note, (), charts)


def _panel(dataset: DatasetSummary, protocols: list[str], name: str) -> str:
    canvas = Canvas(290, _AXIS_HEIGHT + _ROW_HEIGHT * len(protocols))
    axes = canvas.axes
    drawn = [(i, result) for i, protocol in enumerate(protocols) if (result := dataset.result(protocol)) is not None]
    boxes = [
        {"whislo": r.dice.low, "q1": r.dice.q1, "med": r.dice.median, "q3": r.dice.q3, "whishi": r.dice.high}
        for _, r in drawn
    ]
    parts = axes.bxp(
        boxes,
        positions=[i for i, _ in drawn],
        widths=0.62,
        orientation="horizontal",
        showfliers=False,
        patch_artist=True,
        boxprops={"linewidth": 0},
        medianprops={"color": INK, "linewidth": 1.6},
        capprops={"linewidth": 0},
    )
    for (_, result), box in zip(drawn, parts["boxes"], strict=True):
        box.set_facecolor(colour_of(result.protocol))
    for place, (_, result) in enumerate(drawn):
        for whisker in parts["whiskers"][2 * place : 2 * place + 2]:
            whisker.set(color=colour_of(result.protocol), linewidth=1.6)
    dice_axis(axes, horizontal=True)
    axes.set_yticks(range(len(protocols)), protocols)
    axes.set_ylim(len(protocols) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)
    return canvas.svg(name, f"Box plots of Dice on {dataset.name} by protocol")
