"""The tables of several runs side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ultrasam.evaluation.comparison import Comparison, PairTest
from ultrasam.evaluation.metrics.scores import METRICS, Metric
from ultrasam.evaluation.report.grid import Cell, Grid, Row, estimate_cell
from ultrasam.evaluation.report.summary_tables import MEAN_OF_SETS, overall_result
from ultrasam.evaluation.report.wording import (
    MISSING,
    count,
    interval,
    metric_title,
    p_value,
    short_hash,
    signed,
)
from ultrasam.evaluation.statistics.bootstrap import Estimate

#: Below it a difference is marked.
SIGNIFICANT = 0.05
MARK = "†"
HOW_TESTED = (
    "Difference of mean Dice over common objects with its 95 % interval by bootstrap over patients; p of the paired "
    "Wilcoxon signed-rank test over the patients' means, after Holm's correction for all tests of this comparison; "
    f"{MARK}: p < {SIGNIFICANT:g}."
)


def protocols_of(comparison: Comparison) -> dict[str, str]:
    """Name to title of every protocol that a run has."""
    return {name: title for summary in comparison.summaries for name, title in summary.settings.protocols.items()}


def datasets_of(comparison: Comparison) -> list[str]:
    """Every data set that a run has."""
    return list(dict.fromkeys(d.name for summary in comparison.summaries for d in summary.datasets))


def runs_grid(comparison: Comparison) -> Grid:
    """Which runs."""
    rows = []
    for label, summary in zip(comparison.labels, comparison.summaries, strict=True):
        model, settings = summary.settings.model, summary.settings
        side = f"{model.input_size} px" if model.input_size else MISSING
        limit = count(settings.limit) if settings.limit else "all"
        about = (model.title, model.licence, short_hash(model.sha256), side, settings.split, str(settings.seed), limit)
        rows.append(Row.of(label, *about))
    columns = ("run", "model", "licence", "SHA-256", "input", "split", "seed", "images per set")
    return Grid("Runs", columns, "llllrlrr", tuple(rows))


def estimate_of(comparison: Comparison, run: int, dataset: str, protocol: str, metric: str) -> Estimate | None:
    """A run's mean on a data set under a protocol, after its last round."""
    found = next((d for d in comparison.summaries[run].datasets if d.name == dataset), None)
    result = found.result(protocol) if found else None
    return result.estimates.get(metric) if result else None


def models_grid(comparison: Comparison, protocol: str, metric: Metric = METRICS["dice"]) -> Grid:
    """A metric under a protocol: data sets down, models across, the best of each row marked as such.

    Of Dice, a dagger tells that the best is better than each of the others by more than chance.
    """
    rows = []
    for dataset in datasets_of(comparison):
        estimates = [estimate_of(comparison, i, dataset, protocol, metric.name) for i in range(len(comparison.labels))]
        if not any(estimates):
            continue
        cells = _cells(estimates, metric)
        if metric.name == "dice":
            cells = [
                Cell(cell.text + MARK * _beats_all(comparison, label, dataset, protocol), cell.interval, cell.best)
                if cell.best
                else cell
                for label, cell in zip(comparison.labels, cells, strict=True)
            ]
        rows.append(Row.of(dataset, count(comparison.common.get(dataset, 0)), *cells))
    same_sets = len({tuple(sorted(d.name for d in summary.datasets)) for summary in comparison.summaries}) == 1
    if len(rows) > 1 and same_sets:
        overall = [overall_result(summary, protocol) for summary in comparison.summaries]
        means = [result.macro.get(metric.name) if result else None for result in overall]
        rows.append(Row.of(MEAN_OF_SETS, "", *_cells(means, metric), total=True))
    note = f"Bold: the best of a row. {MARK}: better than each of the others, p < {SIGNIFICANT:g} after correction."
    if metric.name != "dice":
        note = "Bold: the best of a row."
    return Grid(
        metric_title(metric),
        ("data set", "common objects", *comparison.labels),
        "lr" + "r" * len(comparison.labels),
        tuple(rows),
        note,
    )


def pairs_grid(comparison: Comparison, protocol: str) -> Grid:
    """Every pair of models on every data set under a protocol."""
    rows = []
    for test in comparison.tests:
        if test.protocol != protocol:
            continue
        difference = Cell(signed(test.difference.mean), interval(test.difference.low, test.difference.high))
        p = p_value(test.adjusted_p) + (f" {MARK}" if test.adjusted_p < SIGNIFICANT else "")
        rows.append(Row.of(test.dataset, f"{test.first} − {test.second}", difference, p, count(test.pairs)))
    columns = ("data set", "pair", "difference of Dice", "adjusted p", "patients")
    return Grid("Significance", columns, "llrrr", tuple(rows), HOW_TESTED)


def _cells(estimates: Sequence[Estimate | None], metric: Metric) -> list[Cell]:
    """The best is bold where there is something to be better than; of equals as they are written, all are."""
    written = [None if e is None or not math.isfinite(e.mean) else round(e.mean, metric.digits) for e in estimates]
    known = [value for value in written if value is not None]
    best: float | None = None
    if len(known) > 1 and metric.higher_is_better is not None:
        best = max(known) if metric.higher_is_better else min(known)
    return [
        estimate_cell(estimate, metric, best=best is not None and value == best)
        for estimate, value in zip(estimates, written, strict=True)
    ]


def _beats_all(comparison: Comparison, label: str, dataset: str, protocol: str) -> bool:
    asked = [test for test in comparison.tests if (test.dataset, test.protocol) == (dataset, protocol)]
    of_label = [test for test in asked if label in (test.first, test.second)]
    return bool(of_label) and all(test.adjusted_p < SIGNIFICANT and _is_better(test, label) for test in of_label)


def _is_better(test: PairTest, label: str) -> bool:
    return test.difference.mean > 0 if test.first == label else test.difference.mean < 0
