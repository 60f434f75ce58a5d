"""What a wrong box costs: Dice against how wrong it is."""

from __future__ import annotations

import re

from ultrasam.corpus.statistics.style import SERIES
from ultrasam.evaluation.report.charts.panel import Canvas, Chart, ChartGroup, dice_axis, draw_line, panels, slug
from ultrasam.evaluation.statistics.bootstrap import Estimate
from ultrasam.evaluation.summary import DatasetSummary, Summary

_DISTURBED = re.compile(r"box-(jitter|shift|scale)-(\d+)(@.+)?")


def box_sensitivity(summary: Summary) -> ChartGroup:
    """A line per kind of error, a panel per data set; nothing where no disturbed box was asked."""
    kinds = dict.fromkeys(kind for name in summary.protocols() if (kind := _kind(name)) is not None)
    colours = {kind: SERIES[i % len(SERIES)] for i, kind in enumerate(kinds)}
    having = [d for d in summary.datasets if any(_line(d, kind) for kind in kinds)]
    with panels():
        charts = tuple(
            Chart(dataset.name, _panel(dataset, colours, slug("sensitivity", str(number))))
            for number, dataset in enumerate(having)
        )
    note = (
        "By how much of its width and height the box is shifted, or too small or too large, or each of its sides is "
        "moved at most. 0: the exact box. Lines up and down: 95 % intervals."
    )
    return ChartGroup("Sensitivity to a wrong box", note, tuple(colours.items()), charts)


def _panel(dataset: DatasetSummary, colours: dict[str, str], name: str) -> str:
    canvas = Canvas(230, 170)
    reached = [0.0]
    for kind, colour in colours.items():
        points = _line(dataset, kind)
        percents = [percent for percent, _ in points]
        draw_line(canvas.axes, percents, [estimate for _, estimate in points], colour)
        reached += percents
    dice_axis(canvas.axes)
    widest = max(*reached, 1.0)
    canvas.axes.set_xlim(-0.06 * widest, 1.06 * widest)
    canvas.axes.set_xticks(sorted(set(reached)))
    canvas.axes.set_xlabel("error of the box in % of its side")
    return canvas.svg(name, f"Dice against the error of the box on {dataset.name}")


def _line(dataset: DatasetSummary, kind: str) -> list[tuple[float, Estimate]]:
    """Percent and Dice, from the exact box on where it was asked."""
    points = []
    for result in dataset.results:
        if _kind(result.protocol) == kind:
            points.append((_percent(result.protocol), result.estimates["dice"]))
    exact = dataset.result("box" + _passes(kind))
    if points and exact is not None:
        points.append((0.0, exact.estimates["dice"]))
    return sorted(points, key=lambda point: point[0])


def _kind(protocol: str) -> str | None:
    """What is wrong with the box, in words; None where nothing is."""
    found = _DISTURBED.fullmatch(protocol)
    if found is None:
        return None
    words = {"jitter": "sides moved", "shift": "shifted"}
    sizes = "too small" if int(found[2]) < 100 else "too large"
    return words.get(found[1], sizes) + (found[3] or "")


def _percent(protocol: str) -> float:
    found = _DISTURBED.fullmatch(protocol)
    percent = float(found[2]) if found else 0.0
    return abs(percent - 100) if found and found[1] == "scale" else percent


def _passes(kind: str) -> str:
    return "".join(kind.partition("@")[1:])
