"""Reports as Markdown, for a README."""

from __future__ import annotations

from ultrasam.corpus.markdown import aligned_table, escape
from ultrasam.evaluation.comparison import Comparison
from ultrasam.evaluation.metrics.scores import METRICS
from ultrasam.evaluation.report.comparison_tables import models_grid, pairs_grid, protocols_of, runs_grid
from ultrasam.evaluation.report.grid import Cell, Grid
from ultrasam.evaluation.report.published_table import NOT_COMPARABLE, published_grid
from ultrasam.evaluation.report.summary_tables import (
    DICE,
    category_grid,
    clicks_grid,
    data_grid,
    detection_grid,
    metric_grid,
    size_grid,
)
from ultrasam.evaluation.report.wording import (
    WHAT_A_NUMBER_MEANS,
    count,
    model_line,
    settings_line,
    shared_definitions,
)
from ultrasam.evaluation.summary import Summary

#: Reasons that are listed; results.json has all.
_REASONS = 10


def summary_markdown(summary: Summary) -> str:
    """A run's tables."""
    model = summary.settings.model
    parts = [f"# {escape(model.title)}", escape(f"{model.name}: {model_line(summary)}."), _sentence(summary)]
    if not summary.complete:
        parts.append("**The run is not complete: the numbers are of the images done so far.**")
    parts += _tables(2, data_grid(summary), detection_grid(summary), metric_grid(summary, DICE))
    if "hd95_px" in METRICS:
        parts += _tables(2, metric_grid(summary, METRICS["hd95_px"]))
    parts += _tables(2, clicks_grid(summary), category_grid(summary), size_grid(summary))
    parts += _published(published_grid([summary], ["this run"]))
    parts += _left_out(summary)
    parts += ["## Protocols", _list([(name, title) for name, title in summary.settings.protocols.items()])]
    parts += ["## Metrics", _list(shared_definitions(["dice", "hd95_px"]))]
    return "\n\n".join(parts) + "\n"


def comparison_markdown(comparison: Comparison) -> str:
    """Several runs' tables."""
    parts = [f"# {escape(', '.join(comparison.labels))}"]
    parts += [f"> **{escape(warning)}**" for warning in comparison.warnings]
    parts += [WHAT_A_NUMBER_MEANS, markdown_table(runs_grid(comparison))]
    for protocol, title in protocols_of(comparison).items():
        parts.append(f"## {escape(protocol)}: {escape(title)}")
        parts += _tables(3, models_grid(comparison, protocol), pairs_grid(comparison, protocol))
    parts += _published(published_grid(comparison.summaries, comparison.labels))
    return "\n\n".join(parts) + "\n"


def markdown_table(grid: Grid) -> str:
    """One table, without its title."""
    rows = []
    for row in grid.rows:
        texts = [_cell(cell) for cell in row.cells]
        rows.append([f"**{texts[0]}**", *texts[1:]] if row.total else texts)
    return aligned_table(grid.columns, rows, grid.align)


def _cell(cell: Cell) -> str:
    text = escape(cell.text)
    bold = f"**{text}**" if cell.best else text
    return f"{bold} {cell.interval}" if cell.interval else bold


def _tables(level: int, *grids: Grid) -> list[str]:
    """Each table that has rows, with its title and note."""
    parts: list[str] = []
    for grid in grids:
        if grid.rows:
            parts += [f"{'#' * level} {escape(grid.title)}", markdown_table(grid)]
            parts += [escape(grid.note)] if grid.note else []
    return parts


def _published(grid: Grid) -> list[str]:
    title, *rest = _tables(2, grid) or [""]
    return [title, NOT_COMPARABLE, *rest] if grid.rows else []


def _sentence(summary: Summary) -> str:
    return f"{WHAT_A_NUMBER_MEANS} Settings: {escape(settings_line(summary))}."


def _left_out(summary: Summary) -> list[str]:
    skipped = summary.left_out()
    if not skipped:
        return []
    lines = [f"- {escape(name)}, {escape(entry['what'])}: {escape(entry['reason'])}" for name, entry in skipped]
    if len(lines) > _REASONS:
        lines[_REASONS:] = [f"- and {count(len(skipped) - _REASONS)} more, see results.json"]
    return ["## Left out", f"{count(len(skipped))} data sets, images or annotations were left out.", "\n".join(lines)]


def _list(entries: list[tuple[str, str]]) -> str:
    return "\n".join(f"- **{escape(name)}**: {escape(words)}" for name, words in entries)
