"""A test as one HTML page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ultrasam.downstream.testing.report.charts.confusion import confusion_chart
from ultrasam.downstream.testing.report.charts.learning import learning_curves
from ultrasam.downstream.testing.report.charts.masks import dice_by_class
from ultrasam.downstream.testing.report.charts.ranking import roc_curves
from ultrasam.downstream.testing.report.charts.reliability import reliability_chart
from ultrasam.downstream.testing.report.charts.values import agreement
from ultrasam.downstream.testing.report.markdown import (
    WHAT_A_NUMBER_MEANS,
    cases_line,
    definitions,
    model_line,
)
from ultrasam.downstream.testing.report.pictures import picture_groups
from ultrasam.downstream.testing.report.tables import (
    DEFINITIONS,
    HEADLINES,
    class_grid,
    confusion_grid,
    digits_of,
    estimate_cell,
    overall_grid,
)
from ultrasam.downstream.testing.result import TestResult
from ultrasam.downstream.testing.tested import Tested
from ultrasam.evaluation.report.charts import ChartGroup
from ultrasam.evaluation.report.page import page_environment, rendered

#: What was left out and is listed; results.json has all of it.
_LISTED = 50


def report_html(result: TestResult, tested: Tested, *, history: Path | None = None) -> str:
    """The page.

    Args:
        result: the numbers.
        tested: the answers.
        history: the diary of the run, for learning curves; None where it is not known.

    Raises:
        MissingExtraError: matplotlib or jinja2 is not installed.
    """
    environment = page_environment(__package__ or "")
    titles, _ = DEFINITIONS[result.settings.kind]
    tiles = [
        (cell.text, cell.interval, titles[name][0])
        for name in HEADLINES[result.settings.kind]
        if (cell := estimate_cell(result.overall[name], digits_of(result, name)))
    ]
    return rendered(
        environment,
        "test.html.j2",
        result=result,
        model_line=model_line(result),
        cases_line=cases_line(result),
        what_a_number_means=WHAT_A_NUMBER_MEANS,
        tiles=tiles,
        overall=overall_grid(result),
        classes=class_grid(result, tested),
        charts=[group for group in _charts(tested, history) if group.charts],
        confusion=confusion_grid(tested),
        pictures=picture_groups(tested),
        listed=_LISTED,
        definitions=definitions(result),
    )


def _charts(tested: Tested, history: Path | None) -> Iterator[ChartGroup]:
    if tested.kind == "classification":
        yield confusion_chart(tested)
        yield roc_curves(tested)
        yield reliability_chart(tested)
    elif tested.kind == "regression":
        yield agreement(tested)
    else:
        yield dice_by_class(tested)
    if history is not None:
        yield learning_curves(history)
