"""Published numbers beside measured ones."""

from __future__ import annotations

from collections.abc import Sequence

from ultrasam.evaluation.metrics.scores import METRICS
from ultrasam.evaluation.published import PublishedResult, published_for
from ultrasam.evaluation.report.grid import Cell, Grid, Row, estimate_cell
from ultrasam.evaluation.report.wording import MISSING, number
from ultrasam.evaluation.summary import Summary

NOT_COMPARABLE = (
    "Published numbers are others' work: their images, prompts, splits and averages differ from this run's, so they "
    "cannot be compared one to one. One and the same model on one and the same set differs by up to 5 points between "
    "sources."
)
_SEEN = {True: "yes", False: "no", None: "not stated"}


def published_grid(summaries: Sequence[Summary], labels: Sequence[str]) -> Grid:
    """What is published about the runs' data sets, and the runs' own Dice under the nearest protocol.

    Args:
        summaries: one or several runs.
        labels: how each is called.
    """
    names = dict.fromkeys(dataset.name for summary in summaries for dataset in summary.datasets)
    rows = [
        Row.of(
            name,
            result.prompt,
            result.model,
            number(result.dice),
            number(result.hd95_px, 1),
            *(_measured(summary, name, result) for summary in summaries),
            _SEEN[result.seen],
            result.images,
            result.source,
        )
        for name in names
        for result in sorted(published_for(name), key=lambda result: result.protocol)
    ]
    columns = ("data set", "prompt", "published model", "its Dice", "its HD95 (px)", *labels)
    about = ("set seen in training", "images", "source")
    align = "lllrr" + "r" * len(labels) + "lll"
    return Grid("Published numbers", (*columns, *about), align, tuple(rows), NOT_COMPARABLE)


def _measured(summary: Summary, dataset: str, published: PublishedResult) -> Cell:
    found = next((d for d in summary.datasets if d.name == dataset), None)
    result = found.result(published.protocol) if found else None
    if result is None:
        return Cell(MISSING)
    return estimate_cell(result.estimates.get("dice"), METRICS["dice"])
