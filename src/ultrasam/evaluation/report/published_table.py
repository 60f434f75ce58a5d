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
    found = [(name, result) for name in names for result in sorted(published_for(name), key=_order)]
    sources = list(dict.fromkeys(_source(result) for _, result in found))
    rows = [
        Row.of(
            name,
            result.prompt,
            result.model,
            _SEEN[result.seen],
            number(result.dice),
            number(result.hd95_px, 1),
            *(_measured(summary, name, result) for summary in summaries),
            str(sources.index(_source(result)) + 1),
        )
        for name, result in found
    ]
    columns = ("data set", "prompt", "published model", "seen in training", "its Dice", "its HD95 (px)")
    align = "llllrr" + "r" * len(labels) + "r"
    told = " ".join(f"({place}) {source}." for place, source in enumerate(sources, 1))
    note = f"Dice of {', '.join(labels)}: under the protocol nearest to the prompt. Sources: {told}"
    return Grid("Published numbers", (*columns, *labels, "source"), align, tuple(rows), note)


def _source(result: PublishedResult) -> str:
    return f"{result.source}; images: {result.images}"


def _order(result: PublishedResult) -> tuple[str, int]:
    """By protocol, numbers by their size."""
    kind, _, percent = result.protocol.rpartition("-")
    return (kind, int(percent)) if percent.isdecimal() else (result.protocol, 0)


def _measured(summary: Summary, dataset: str, published: PublishedResult) -> Cell:
    found = next((d for d in summary.datasets if d.name == dataset), None)
    result = found.result(published.protocol) if found else None
    if result is None:
        return Cell(MISSING)
    return estimate_cell(result.estimates.get("dice"), METRICS["dice"])
