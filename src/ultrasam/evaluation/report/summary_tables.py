"""The tables of one run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ultrasam.evaluation.examples import headline_protocols
from ultrasam.evaluation.metrics.scores import METRICS, Metric
from ultrasam.evaluation.report.grid import Cell, Grid, Row, estimate_cell
from ultrasam.evaluation.report.wording import (
    AVERAGE_PRECISION,
    MISSING,
    count,
    definition,
    metric_title,
    metrics,
    number,
    percent,
    short_hash,
)
from ultrasam.evaluation.statistics.bootstrap import Estimate
from ultrasam.evaluation.summary import SIZES, DatasetSummary, OverallResult, ProtocolResult, Summary

MEAN_OF_SETS, ALL_OBJECTS = "mean of the sets", "all objects"
DICE = METRICS["dice"]


def overall_result(summary: Summary, protocol: str) -> OverallResult | None:
    """A protocol over all sets, of protocols with rounds after the last."""
    return next((result for result in reversed(summary.overall) if result.protocol == protocol), None)


def data_grid(summary: Summary) -> Grid:
    """What was asked about."""
    facts = {facts.name: facts for facts in summary.settings.data}
    rows = [
        Row.of(
            dataset.name,
            count(dataset.images),
            count(dataset.instances),
            count(dataset.patients) if dataset.patients else "not known",
            ", ".join(f"{name} ({count(n)})" for name, n in dataset.categories.items()),
            count(len(dataset.skipped)),
            dataset.licence,
            short_hash(facts[dataset.name].sha256) if dataset.name in facts else MISSING,
        )
        for dataset in summary.datasets
    ]
    if len(rows) > 1:
        sums = [sum(values) for values in zip(*((d.images, d.instances) for d in summary.datasets), strict=True)]
        known = all(dataset.patients for dataset in summary.datasets)
        patients = count(sum(dataset.patients for dataset in summary.datasets)) if known else ""
        left_out = count(sum(len(dataset.skipped) for dataset in summary.datasets))
        rows.append(Row.of("all", *map(count, sums), patients, "", left_out, "", "", total=True))
    columns = ("data set", "images", "objects", "patients", "structures", "left out", "licence", "SHA-256")
    return Grid("Data", columns, "lrrrlrll", tuple(rows), "SHA-256: of the data set's COCO file.")


def metric_grid(summary: Summary, metric: Metric) -> Grid:
    """A metric's means: data sets down, protocols across; of protocols with rounds after the last."""

    def cell(result: ProtocolResult | None) -> Cell:
        return estimate_cell(result.estimates.get(metric.name) if result else None, metric)

    rows = _rows(summary, cell, objects=lambda dataset: _valued(dataset, metric.name))
    if len(summary.datasets) > 1:
        overall = [overall_result(summary, name) for name in summary.protocols()]
        for title, of in ((MEAN_OF_SETS, "macro"), (ALL_OBJECTS, "pooled")):
            estimates: list[Estimate | None] = [getattr(r, of).get(metric.name) if r else None for r in overall]
            objects = count(sum(_valued(d, metric.name) for d in summary.datasets)) if of == "pooled" else ""
            rows.append(Row.of(title, objects, *(estimate_cell(e, metric) for e in estimates), total=True))
    return _grid(summary, metric_title(metric), rows, definition(metric))


def other_metric_grids(summary: Summary) -> list[Grid]:
    """All averaged metrics but Dice that have a value somewhere, then AP and AR, means by level and empty answers."""
    having = {name for dataset in summary.datasets for result in dataset.results for name in result.estimates}
    grids = [metric_grid(summary, m) for name, m in metrics().items() if name in having and name != DICE.name]
    for name, title in AVERAGE_PRECISION.items():
        if any(name in result.average_precision for dataset in summary.datasets for result in dataset.results):
            grids.append(_average_precision_grid(summary, name, title))
    return [*grids, level_grid(summary), empty_grid(summary)]


def level_grid(summary: Summary) -> Grid:
    """Mean Dice over objects, over images and over patients."""

    def cell(result: ProtocolResult | None) -> Cell:
        if result is None or DICE.name not in result.estimates:
            return Cell(MISSING)
        means = (result.estimates[DICE.name].mean, result.image_means[DICE.name], result.patient_means[DICE.name])
        return Cell(" / ".join(number(mean, DICE.digits) for mean in means))

    note = "Mean over objects / mean of the images' means / mean of the patients' means."
    return _grid(summary, "Dice: objects / images / patients", _rows(summary, cell), note)


def empty_grid(summary: Summary) -> Grid:
    """Answers without a pixel."""

    def cell(result: ProtocolResult | None) -> Cell:
        return Cell(MISSING if result is None else count(result.empty))

    note = "Answers without a single pixel. They count in all means, by the worst value that a metric has."
    return _grid(summary, "Empty answers", _rows(summary, cell), note)


def _average_precision_grid(summary: Summary, name: str, title: str) -> Grid:
    def cell(result: ProtocolResult | None) -> Cell:
        return Cell(number(result.average_precision.get(name)) if result else MISSING)

    note = "One class; the masks of a data set are ranked by predicted IoU."
    return _grid(summary, f"{name}: {title}", _rows(summary, cell), note)


def detection_grid(summary: Summary) -> Grid:
    """How many objects were found without a prompt."""
    rows = [
        Row.of(
            dataset.name,
            count(dataset.instances),
            count(found.predictions),
            *(number(value) for value in (found.precision, found.recall, found.f1, found.panoptic_quality)),
        )
        for dataset in summary.datasets
        if (found := dataset.detection) is not None
    ]
    columns = ("data set", "objects", "predictions", "precision", "recall", "F1", "panoptic quality")
    note = (
        "A prediction is right if its IoU with its partner is at least 0.5; partners are assigned so that the sum of "
        "IoUs is largest."
    )
    return Grid("Objects found", columns, "lrrrrrr", tuple(rows), note)


def clicks_grid(summary: Summary) -> Grid:
    """How many clicks a Dice takes."""
    rows: list[Row] = []
    thresholds: Sequence[float] = ()
    for dataset in summary.datasets:
        for protocol in summary.protocols():
            result = dataset.result(protocol)
            if result is None or not result.clicks:
                continue
            thresholds = [c.threshold for c in result.clicks]
            reached = [Cell(number(c.mean_clicks, 2), f"({percent(c.failures)})") for c in result.clicks]
            rows.append(Row.of(dataset.name, protocol, number(result.estimates[DICE.name].mean), *reached))
    columns = ("data set", "protocol", "Dice at the end", *(f"NoC {100 * t:.0f}" for t in thresholds))
    note = (
        "NoC t: mean number of clicks to a Dice of t %; in parentheses the failures, objects that did not reach it, "
        "which count as the full number of clicks."
    )
    return Grid("Number of clicks", columns, "llr" + "r" * len(thresholds), tuple(rows), note)


def category_grid(summary: Summary) -> Grid:
    """Dice by structure."""
    return _group_grid(summary, "structure", lambda result: result.categories, "Dice by structure", "")


def size_grid(summary: Summary) -> Grid:
    """Dice by the structure's share of the image."""
    note = f"Size: the structure's share of the image's area ({'; '.join(name for name, _ in SIZES)})."
    return _group_grid(summary, "size", lambda result: result.sizes, "Dice by size of the structure", note)


def calibration_grid(summary: Summary) -> Grid:
    """Expected calibration error of the predicted IoU."""

    def cell(result: ProtocolResult | None) -> Cell:
        return Cell(number(result.calibration_error) if result else MISSING)

    having = any(r.calibration_error is not None for dataset in summary.datasets for r in dataset.results)
    note = "Expected calibration error: mean distance between predicted and actual IoU over ten bins; 0 is best."
    return _grid(summary, "Calibration error of the predicted IoU", _rows(summary, cell) if having else [], note)


def headlines(summary: Summary) -> list[str]:
    """Protocols that a glance should show: those that stand for all, and clicks."""
    names = headline_protocols(summary.protocols())
    clicks = next((name for name in summary.protocols() if name.startswith("clicks-")), None)
    return names if clicks is None or clicks in names else [*names, clicks]


def _group_grid(
    summary: Summary, word: str, groups: Callable[[ProtocolResult], dict[str, Estimate]], title: str, note: str
) -> Grid:
    rows: list[Row] = []
    for dataset in summary.datasets:
        results = [dataset.result(name) for name in summary.protocols()]
        found = [groups(result) if result else {} for result in results]
        for group in dict.fromkeys(name for by_name in found for name in by_name):
            estimates = [by_name.get(group) for by_name in found]
            objects = max(estimate.count for estimate in estimates if estimate)
            cells = [estimate_cell(estimate, DICE) for estimate in estimates]
            rows.append(Row.of(dataset.name, group, count(objects), *cells))
    columns = ("data set", word, "objects", *summary.protocols())
    return Grid(title, columns, "llr" + "r" * len(summary.protocols()), tuple(rows), note)


def _valued(dataset: DatasetSummary, metric: str) -> int:
    """Objects for which a metric is defined: in mm, for one, only where the image is calibrated."""
    return max((r.estimates[metric].count for r in dataset.results if metric in r.estimates), default=0)


def _rows(
    summary: Summary,
    cell: Callable[[ProtocolResult | None], Cell],
    objects: Callable[[DatasetSummary], int] = lambda dataset: dataset.instances,
) -> list[Row]:
    def row(dataset: DatasetSummary) -> Row:
        cells = [cell(dataset.result(name)) for name in summary.protocols()]
        return Row.of(dataset.name, count(objects(dataset)), *cells)

    return [row(dataset) for dataset in summary.datasets]


def _grid(summary: Summary, title: str, rows: list[Row], note: str) -> Grid:
    columns = ("data set", "objects", *summary.protocols())
    return Grid(title, columns, "lr" + "r" * len(summary.protocols()), tuple(rows), note)
