"""Predicted against true values."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ultrasam.corpus.statistics.style import BLUE, ORANGE
from ultrasam.downstream.testing.tested import Tested
from ultrasam.evaluation.report.charts.panel import INK, Canvas, Chart, ChartGroup, panels

_Floats = npt.NDArray[np.float64]
#: Half of a 95 % interval of a normal distribution, in standard deviations.
_HALF = 1.96


def agreement(tested: Tested) -> ChartGroup:
    """A scatter plot and a Bland-Altman plot of each value."""
    charts = []
    with panels():
        pairs = zip(tested.classes, tested.answers().T, tested.true_values().T, strict=True)
        for place, (name, predicted, truth) in enumerate(pairs):
            charts.append(Chart(name, _scatter(predicted, truth, name, f"scatter-{place}")))
            charts.append(Chart(f"{name}: errors", _bland_altman(predicted, truth, name, f"errors-{place}")))
    note = (
        "Left: predicted against true, with the line of equality. Right: predicted minus true against their mean, with "
        "the bias and the 95 % limits of agreement (Bland and Altman 1986)."
    )
    return ChartGroup("Agreement", note, (), tuple(charts))


def _scatter(predicted: _Floats, truth: _Floats, label: str, name: str) -> str:
    canvas = Canvas(250, 235)
    axes = canvas.axes
    ends = [float(min(predicted.min(), truth.min())), float(max(predicted.max(), truth.max()))]
    axes.plot(ends, ends, color=INK, linewidth=1, linestyle=(0, (4, 3)), alpha=0.6)
    axes.scatter(truth, predicted, s=12, color=BLUE, alpha=0.6, linewidths=0)
    axes.set_xlabel("true")
    axes.set_ylabel("predicted")
    return canvas.svg(name, f"Predicted against true {label}")


def _bland_altman(predicted: _Floats, truth: _Floats, label: str, name: str) -> str:
    canvas = Canvas(250, 235)
    axes = canvas.axes
    errors = predicted - truth
    axes.scatter((predicted + truth) / 2, errors, s=12, color=BLUE, alpha=0.6, linewidths=0)
    axes.axhline(errors.mean(), color=ORANGE)
    if len(errors) > 1:
        for sign in (-1, 1):
            limit = errors.mean() + sign * _HALF * errors.std(ddof=1)
            axes.axhline(limit, color=ORANGE, linestyle=(0, (4, 3)), linewidth=1.2)
    axes.set_xlabel("mean of predicted and true")
    axes.set_ylabel("predicted − true")
    return canvas.svg(name, f"Errors of {label} against its size")
