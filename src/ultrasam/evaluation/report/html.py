"""Reports as one HTML file each: no script, nothing loaded from anywhere."""

from __future__ import annotations

from collections.abc import Callable

from ultrasam.evaluation.comparison import Comparison
from ultrasam.evaluation.metrics.scores import METRICS
from ultrasam.evaluation.report import comparison_tables, summary_tables, wording
from ultrasam.evaluation.report.charts import (
    ChartGroup,
    box_sensitivity,
    dice_boxes,
    dice_by_clicks,
    dice_by_size,
    model_dots,
    reliability_diagrams,
)
from ultrasam.evaluation.report.grid import estimate_cell
from ultrasam.evaluation.report.overlays import LEGEND, Picture, draw_example
from ultrasam.evaluation.report.page import page_environment, rendered
from ultrasam.evaluation.report.published_table import NOT_COMPARABLE, published_grid
from ultrasam.evaluation.summary import DatasetSummary, Summary

#: What was left out and is listed; results.json has all of it.
LISTED = 50


def summary_html(summary: Summary) -> str:
    """A run's report.

    Raises:
        MissingExtraError: matplotlib or jinja2 is not installed.
    """
    environment = page_environment()
    having = {name for d in summary.datasets for result in d.results for name in result.estimates}
    definitions = wording.shared_definitions([name for name in wording.metrics() if name in having])
    return rendered(
        environment,
        "summary.html.j2",
        overlay_legend=LEGEND,
        listed=LISTED,
        not_comparable=NOT_COMPARABLE,
        summary=summary,
        settings=summary.settings,
        tiles=_tiles(summary),
        data=summary_tables.data_grid(summary),
        detection=summary_tables.detection_grid(summary),
        main=summary_tables.metric_grid(summary, METRICS["dice"]),
        others=summary_tables.other_metric_grids(summary),
        published=published_grid([summary], ["this run"]),
        charts=_drawn(summary, dice_boxes, dice_by_size, dice_by_clicks, box_sensitivity, reliability_diagrams),
        tables_of_charts={
            "Dice against size": summary_tables.size_grid(summary),
            "Dice against the number of clicks": summary_tables.clicks_grid(summary),
            "Reliability of the predicted IoU": summary_tables.calibration_grid(summary),
        },
        categories=summary_tables.category_grid(summary),
        overlays=[(dataset.name, _pictures(dataset)) for dataset in summary.datasets if dataset.examples],
        skipped=summary.left_out(),
        definitions=definitions,
        network_share=summary.network_share(),
    )


def comparison_html(comparison: Comparison) -> str:
    """The report of several runs side by side.

    Raises:
        MissingExtraError: matplotlib or jinja2 is not installed.
    """
    environment = page_environment()
    protocols = comparison_tables.protocols_of(comparison)
    charts = model_dots(comparison)
    metrics = [METRICS[name] for name in ("dice", "hd95_px", "nsd_px", "boundary_iou") if name in METRICS]
    return rendered(
        environment,
        "comparison.html.j2",
        not_comparable=NOT_COMPARABLE,
        comparison=comparison,
        runs=comparison_tables.runs_grid(comparison),
        protocols=[
            (
                name,
                title,
                [comparison_tables.models_grid(comparison, name, metric) for metric in metrics],
                comparison_tables.pairs_grid(comparison, name),
                chart,
            )
            for (name, title), chart in zip(protocols.items(), charts.charts, strict=True)
        ],
        legend=charts.legend,
        chart_note=charts.note,
        published=published_grid(comparison.summaries, comparison.labels),
        definitions=wording.shared_definitions([metric.name for metric in metrics]),
    )


def _drawn(summary: Summary, *draw: Callable[[Summary], ChartGroup]) -> list[ChartGroup]:
    return [group for chart in draw if (group := chart(summary)).charts]


def _tiles(summary: Summary) -> list[tuple[str, str, str]]:
    """What a glance should show: number, its interval, and what it is."""
    tiles = []
    for name in summary_tables.headlines(summary):
        result = summary_tables.overall_result(summary, name)
        if result is None or "dice" not in result.macro:
            continue
        cell = estimate_cell(result.macro["dice"], METRICS["dice"])
        tiles.append((cell.text, cell.interval, summary.settings.protocols[name]))
    return tiles


def _pictures(dataset: DatasetSummary) -> list[tuple[str, list[Picture]]]:
    """By protocol."""
    by_protocol: dict[str, list[Picture]] = {}
    for example in dataset.examples:
        by_protocol.setdefault(example.protocol, []).append(draw_example(example))
    return list(by_protocol.items())
