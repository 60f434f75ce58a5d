"""Whether the model is as often right as it is sure."""

from __future__ import annotations

from ultrasam.corpus.statistics.style import BLUE
from ultrasam.downstream.testing.report.charts.axes import unit_square
from ultrasam.downstream.testing.tested import Tested
from ultrasam.evaluation.metrics.calibration import expected_calibration_error, reliability
from ultrasam.evaluation.report.charts.panel import Canvas, Chart, ChartGroup, panels
from ultrasam.evaluation.report.wording import count, number


def reliability_chart(tested: Tested) -> ChartGroup:
    """Accuracy against confidence in ten bins."""
    confidence, right = tested.classified().confidences
    bins = [one for one in reliability(confidence.ravel(), right.ravel()) if one.count]
    most = max(one.count for one in bins)
    with panels():
        canvas = Canvas(250, 235)
        axes = canvas.axes
        unit_square(axes)
        sure, actual = [one.predicted for one in bins], [one.actual for one in bins]
        axes.plot(sure, actual, color=BLUE)
        axes.scatter(sure, actual, s=[8 + 150 * one.count / most for one in bins], color=BLUE, linewidths=0)
        axes.set_xlabel("probability of the decision")
        axes.set_ylabel("share that is right")
        svg = canvas.svg("reliability", "Share of right decisions against their probability")
    title = f"ECE {number(expected_calibration_error(bins))}, {count(confidence.size)} decisions"
    note = (
        "Share of right decisions against their mean probability, in ten bins; a disc's area: how many fall into it. "
        "Below the diagonal the model believes too much of itself."
    )
    return ChartGroup("Reliability", note, (), (Chart(title, svg),))
