"""A test's numbers as tables."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ultrasam.downstream.metrics import classification, instance, regression, semantic
from ultrasam.downstream.metrics.measured import Definitions
from ultrasam.downstream.metrics.ranking import roc_curve
from ultrasam.downstream.testing.report.charts.confusion import MOST_CLASSES
from ultrasam.downstream.testing.result import TestResult
from ultrasam.downstream.testing.tested import Tested
from ultrasam.evaluation.report.grid import Cell, Grid, Row
from ultrasam.evaluation.report.wording import count, interval, number
from ultrasam.evaluation.statistics.bootstrap import Estimate
from ultrasam.modeling.heads.config import TaskKind

#: What is measured of all classes together, and of each.
DEFINITIONS: dict[TaskKind, tuple[Definitions, Definitions]] = {
    "classification": (classification.OVERALL, classification.BY_CLASS),
    "regression": (regression.BY_TARGET, regression.BY_TARGET),
    "semantic": (semantic.OVERALL, semantic.BY_CLASS),
    "instance": (instance.BY_CLASS, instance.BY_CLASS),
}
#: What a glance should show.
HEADLINES: dict[TaskKind, tuple[str, ...]] = {
    "classification": ("auroc", "balanced_accuracy", "f1"),
    "regression": ("mae", "r2"),
    "semantic": ("dice", "miou"),
    "instance": ("ap", "ap50", "dice"),
}
_SPECIFICITY = 0.9
_MOST_CONFUSED = 30
#: Numbers of these names have no unit; all others of a regression have their target's.
_WITHOUT_UNIT = ("r2", "pearson")


def overall_grid(result: TestResult) -> Grid:
    """All classes together; of a regression of one value there is nothing that its own row does not say."""
    definitions, _ = DEFINITIONS[result.settings.kind]
    several = len(result.classes) > 1 or result.settings.kind != "regression"
    rows = [
        Row.of(definitions[name][0], estimate_cell(estimate, digits_of(result, name)))
        for name, estimate in result.overall.items()
        if several
    ]
    note = "Mean over the values, whatever their units." if result.settings.kind == "regression" else ""
    return Grid("All classes", ("metric", "value"), "lr", tuple(rows), note)


def class_grid(result: TestResult, tested: Tested) -> Grid:
    """Each class, with how many cases it has."""
    kind = result.settings.kind
    _, definitions = DEFINITIONS[kind]
    columns = ["value" if kind == "regression" else "class", "objects" if result.settings.prompted else "images"]
    columns += [definitions[name][0] for name in result.by_class]
    extra: list[list[str]] = [[] for _ in result.classes]
    note = ""
    if kind == "classification":
        columns.append(f"sensitivity at {100 * _SPECIFICITY:.0f} % specificity")
        case_of = tested.classified()
        for row, scores, truth in zip(extra, case_of.scores.T, case_of.truths.T, strict=True):
            row.append(number(roc_curve(scores, truth).sensitivity_at(_SPECIFICITY)))
        note = "Sensitivity, specificity, precision and F1 are at the operating point: "
        note += "each probability of 0.5 or more." if tested.several else "the most probable class."
    rows = [
        Row.of(
            name,
            count(next(iter(result.by_class.values()))[place].count),
            *(
                estimate_cell(estimates[place], digits_of(result, metric, place))
                for metric, estimates in result.by_class.items()
            ),
            *extra[place],
        )
        for place, name in enumerate(result.classes)
    ]
    title = "By value" if kind == "regression" else "By class"
    return Grid(title, tuple(columns), "l" + "r" * (len(columns) - 1), tuple(rows), note)


def confusion_grid(tested: Tested) -> Grid:
    """How many of each class were taken for each; of a classification of one class per image."""
    if tested.kind != "classification" or tested.several:
        return Grid("Confusion matrix", (), "", ())
    confusion = tested.classified().confusion
    if len(tested.classes) > MOST_CLASSES:
        return _confusions(confusion, tested.classes)
    rows = [
        Row.of(
            name,
            *(Cell(count(int(cell)), best=i == j) for j, cell in enumerate(confusion[i])),
            count(int(confusion[i].sum())),
        )
        for i, name in enumerate(tested.classes)
    ]
    columns = ("is … taken for", *tested.classes, "all")
    return Grid("Confusion matrix", columns, "l" + "r" * (len(columns) - 1), tuple(rows), "Rows: what the cases are.")


def _confusions(confusion: npt.NDArray[np.int64], names: Sequence[str]) -> Grid:
    """The pairs that were taken for each other most often, where all would fill pages."""
    wrong = confusion - np.diag(np.diag(confusion))
    order = [divmod(int(place), len(names)) for place in np.argsort(-wrong, axis=None, kind="stable")[:_MOST_CONFUSED]]
    rows = [Row.of(names[i], names[j], count(int(wrong[i, j]))) for i, j in order if wrong[i, j]]
    note = f"Of {len(names)} classes, the {_MOST_CONFUSED} most frequent confusions at most."
    return Grid("Confusion matrix", ("is …", "taken for", "cases"), "llr", tuple(rows), note)


def estimate_cell(estimate: Estimate, digits: int) -> Cell:
    """A number with its interval."""
    return Cell(number(estimate.mean, digits), interval(estimate.low, estimate.high, digits))


def digits_of(result: TestResult, metric: str, place: int | None = None) -> int:
    """Decimals worth showing: of a number with a unit, three significant ones of its largest error."""
    if result.settings.kind != "regression" or metric in _WITHOUT_UNIT:
        return 3
    errors = [estimate.mean for estimate in result.by_class["rmse"]]
    largest = max(errors) if place is None else errors[place]
    return 3 if not largest > 0 else int(np.clip(2 - math.floor(math.log10(largest)), 0, 6))
