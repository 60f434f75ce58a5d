"""Whether the predicted IoU can be trusted."""

from __future__ import annotations

from collections.abc import Iterable

from ultrasam.evaluation.examples import headline_protocols
from ultrasam.evaluation.metrics.calibration import ReliabilityBin, expected_calibration_error
from ultrasam.evaluation.report.charts.panel import INK, Canvas, Chart, ChartGroup, colour_of, panels, slug
from ultrasam.evaluation.report.wording import count, number
from ultrasam.evaluation.summary import Summary


def reliability_diagrams(summary: Summary) -> ChartGroup:
    """Actual against predicted IoU over the objects of all data sets, a panel per headline protocol."""
    charts = []
    with panels():
        for place, protocol in enumerate(headline_protocols(summary.protocols())):
            results = [result for d in summary.datasets if (result := d.result(protocol)) is not None]
            bins = pooled_bins(result.reliability for result in results)
            if not bins:
                continue
            answers = sum(b.count for b in bins)
            title = f"{protocol}: ECE {number(expected_calibration_error(bins))}, {count(answers)} answers"
            charts.append(Chart(title, _panel(bins, protocol, slug("reliability", str(place)))))
    note = (
        "Mean actual IoU against mean predicted IoU in ten bins; a disc's area: how many answers fall into it. On the "
        "diagonal the network knows how good it is; below it, it believes too much of itself."
    )
    return ChartGroup("Reliability of the predicted IoU", note, (), tuple(charts))


def pooled_bins(of_sets: Iterable[tuple[ReliabilityBin, ...]]) -> list[ReliabilityBin]:
    """Bins of several data sets as if their objects were one set; bins without objects are left out."""
    by_place: dict[tuple[float, float], list[ReliabilityBin]] = {}
    for bins in of_sets:
        for one in bins:
            if one.count:
                by_place.setdefault((one.low, one.high), []).append(one)
    pooled = []
    for (low, high), alike in sorted(by_place.items()):
        total = sum(b.count for b in alike)
        predicted, actual = (
            sum(b.count * value for b, value in zip(alike, values, strict=True)) / total
            for values in ([b.predicted for b in alike], [b.actual for b in alike])
        )
        pooled.append(ReliabilityBin(low, high, total, predicted, actual))
    return pooled


def _panel(bins: list[ReliabilityBin], protocol: str, name: str) -> str:
    canvas = Canvas(250, 235)
    axes = canvas.axes
    axes.plot([0, 1], [0, 1], color=INK, linewidth=1, linestyle=(0, (4, 3)), alpha=0.6)
    predicted, actual = [b.predicted for b in bins], [b.actual for b in bins]
    most = max(b.count for b in bins)
    axes.plot(predicted, actual, color=colour_of(protocol))
    axes.scatter(predicted, actual, s=[8 + 150 * b.count / most for b in bins], color=colour_of(protocol), linewidths=0)
    for set_limits, set_ticks in ((axes.set_xlim, axes.set_xticks), (axes.set_ylim, axes.set_yticks)):
        set_limits(-0.03, 1.03)
        set_ticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    axes.set_xlabel("predicted IoU")
    axes.set_ylabel("actual IoU")
    return canvas.svg(name, f"Actual against predicted IoU under {protocol}")
