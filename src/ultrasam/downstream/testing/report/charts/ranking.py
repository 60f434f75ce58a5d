"""What every threshold would give."""

from __future__ import annotations

from itertools import cycle

from ultrasam.corpus.statistics.style import SERIES
from ultrasam.downstream.metrics.classified import Classified
from ultrasam.downstream.metrics.ranking import auroc, roc_curve
from ultrasam.downstream.testing.report.charts.axes import unit_square
from ultrasam.downstream.testing.tested import Tested
from ultrasam.evaluation.report.charts.panel import Canvas, Chart, ChartGroup, panels
from ultrasam.evaluation.report.wording import number

#: Classes that share a panel: more lines could not be told apart.
_TOGETHER = len(SERIES)


def roc_curves(tested: Tested) -> ChartGroup:
    """The ROC curve of each class against the rest, six in a panel; of two classes the second one's alone."""
    case_of = tested.classified()
    places = range(len(tested.classes))
    if not tested.several and len(tested.classes) == 2:
        # The other's is the same curve, mirrored.
        places = range(1, 2)
    defined = [i for i in places if 0 < case_of.truths[:, i].sum() < len(case_of.truths)]
    with panels():
        charts = tuple(
            Chart(
                ", ".join(f"{tested.classes[i]} {number(_area(case_of, i))}" for i in part),
                _panel(case_of, part, tested.classes, f"roc-{start}"),
            )
            for start in range(0, len(defined), _TOGETHER)
            if (part := defined[start : start + _TOGETHER])
        )
    colours = dict(zip((tested.classes[i] for i in defined), cycle(SERIES), strict=False))
    legend = tuple(colours.items()) if 1 < len(defined) <= _TOGETHER else ()
    note = "A class against the rest, with the area under the curve; the disc is the operating point."
    return ChartGroup("ROC curves", note, legend, charts)


def _area(case_of: Classified, place: int) -> float:
    return float(auroc(case_of.scores[:, place], case_of.truths[:, place])[0])


def _panel(case_of: Classified, places: list[int], names: tuple[str, ...], name: str) -> str:
    canvas = Canvas(250, 235)
    axes = canvas.axes
    unit_square(axes)
    for place, colour in zip(places, SERIES, strict=False):
        truth, decided = case_of.truths[:, place], case_of.decided[:, place]
        curve = roc_curve(case_of.scores[:, place], truth)
        axes.plot(curve.false_positive_rate, curve.true_positive_rate, color=colour)
        axes.plot([decided[~truth].mean()], [decided[truth].mean()], color=colour, marker="o", markersize=5)
    axes.set_xlabel("1 − specificity")
    axes.set_ylabel("sensitivity")
    return canvas.svg(name, f"ROC curves of {', '.join(names[i] for i in places)}")
