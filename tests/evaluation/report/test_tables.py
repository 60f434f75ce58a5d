import dataclasses

import pytest

from tests.evaluation.report.summaries import PROTOCOLS, estimate, make_comparison, make_summary
from ultrasam.evaluation.metrics.scores import METRICS
from ultrasam.evaluation.report.comparison_tables import models_grid, pairs_grid, runs_grid
from ultrasam.evaluation.report.grid import Cell, Grid, Row, estimate_cell
from ultrasam.evaluation.report.published_table import published_grid
from ultrasam.evaluation.report.summary_tables import (
    category_grid,
    clicks_grid,
    data_grid,
    empty_grid,
    level_grid,
    metric_grid,
    other_metric_grids,
    size_grid,
)
from ultrasam.evaluation.report.wording import interval, number, p_value, percent, signed

SUMMARY = make_summary()


def texts(grid, row):
    return [cell.whole for cell in grid.rows[row].cells]


def all_grids():
    comparison = make_comparison()
    yield from (make(SUMMARY) for make in (data_grid, category_grid, size_grid, clicks_grid))
    yield from other_metric_grids(SUMMARY)
    yield published_grid([SUMMARY], ["this run"])
    yield runs_grid(comparison)
    yield from (make(comparison, "box") for make in (models_grid, pairs_grid))


@pytest.mark.parametrize("grid", all_grids(), ids=lambda grid: grid.title)
def test_every_row_has_a_cell_per_column(grid):
    assert grid.rows
    assert len(grid.columns) == len(grid.align)
    assert all(len(row.cells) == len(grid.columns) for row in grid.rows)


def test_a_wide_table_comes_in_pieces_with_its_names():
    grid = Grid("", ("set", *"abcde"), "lrrrrr", (Row.of("x", *"12345"),))
    pieces = grid.blocks(1, 2)
    assert [piece.columns for piece in pieces] == [("set", "a", "b"), ("set", "c", "d"), ("set", "e")]
    assert [[cell.text for cell in piece.rows[0].cells] for piece in pieces] == [
        ["x", "1", "2"],
        ["x", "3", "4"],
        ["x", "5"],
    ]


def test_clicks_are_counted():
    grid = clicks_grid(SUMMARY)
    result = SUMMARY.datasets[0].result("clicks-3")
    assert grid.columns[3:] == ("NoC 80", "NoC 85", "NoC 90", "NoC 95")
    assert texts(grid, 0)[3] == f"{result.clicks[0].mean_clicks:.2f} ({100 * result.clicks[0].failures:.0f} %)"
    assert not clicks_grid(make_summary(protocols={"box": ""})).rows


def test_structures_have_rows_of_their_own():
    grid = category_grid(SUMMARY)
    assert [texts(grid, i)[:3] for i in range(3)] == [
        ["BUS-BRA", "benign lesion", "50"],
        ["BUS-BRA", "malignant lesion", "50"],
        ["MMOTU_2d", "ovarian tumour", "50"],
    ]


def test_means_by_level_and_empty_answers():
    result = SUMMARY.datasets[0].result("point-interior")
    means = (result.estimates["dice"].mean, result.image_means["dice"], result.patient_means["dice"])
    assert texts(level_grid(SUMMARY), 0)[2] == " / ".join(f"{mean:.3f}" for mean in means)
    assert texts(empty_grid(SUMMARY), 0)[2:] == ["3"] * len(PROTOCOLS)


def test_distances_have_their_own_decimals():
    metric = METRICS["hd95_px"]
    mean = SUMMARY.datasets[0].result("box").estimates["hd95_px"].mean
    assert texts(metric_grid(SUMMARY, metric), 0)[4].split()[0] == f"{mean:.{metric.digits}f}"


def of_two(first, second, *, metric="dice", p=0.001):
    """A comparison of one set and protocol with these means."""
    comparison = make_comparison(("a", "b"), {"A": ("lesion",)}, {"box": ""})
    for summary, mean in zip(comparison.summaries, (first, second), strict=True):
        summary.datasets[0].results[0].estimates[metric] = estimate(mean)
    (test,) = comparison.tests
    test = dataclasses.replace(test, difference=estimate(first - second), adjusted_p=p)
    return dataclasses.replace(comparison, tests=(test,))


@pytest.mark.parametrize(
    ("means", "p", "expected"),
    [
        ((0.8, 0.9), 0.001, [("0.800", False), ("0.900†", True)]),
        ((0.9, 0.8), 0.001, [("0.900†", True), ("0.800", False)]),
        ((0.9, 0.8), 0.2, [("0.900", True), ("0.800", False)]),
        ((0.9001, 0.9), 0.2, [("0.900", True), ("0.900", True)]),
    ],
)
def test_the_best_model_is_marked(means, p, expected):
    cells = models_grid(of_two(*means, p=p), "box").rows[0].cells[2:]
    assert [(cell.text, cell.best) for cell in cells] == expected


def test_of_distances_the_smallest_is_best():
    cells = models_grid(of_two(5.0, 9.0, metric="hd95_px"), "box", METRICS["hd95_px"]).rows[0].cells[2:]
    assert [cell.best for cell in cells] == [True, False]


def test_a_dagger_needs_every_other_model_beaten():
    comparison = make_comparison(("a", "b", "c"), {"A": ("lesion",)}, {"box": ""})
    for summary, mean in zip(comparison.summaries, (0.9, 0.8, 0.7), strict=True):
        summary.datasets[0].results[0].estimates["dice"] = estimate(mean)
    p = {("a", "b"): 0.3, ("a", "c"): 0.001, ("b", "c"): 0.001}
    tests = tuple(
        dataclasses.replace(t, difference=estimate(0.1), adjusted_p=p[t.first, t.second]) for t in comparison.tests
    )
    cells = models_grid(dataclasses.replace(comparison, tests=tests), "box").rows[0].cells[2:]
    assert [cell.text for cell in cells] == ["0.900", "0.800", "0.700"]


@pytest.mark.parametrize(("p", "written"), [(0.0001, "< 0.001 †"), (0.049, "0.049 †"), (0.05, "0.050"), (1.0, "1.000")])
def test_pairs_have_their_difference_and_p(p, written):
    row = texts(pairs_grid(of_two(0.8, 0.9, p=p), "box"), 0)
    assert row == ["A", "a − b", "−0.100 [−0.120, −0.080]", written, "37"]


def test_the_mean_of_sets_needs_the_same_sets():
    comparison = make_comparison()
    assert models_grid(comparison, "box").rows[-1].total
    first, second = comparison.summaries
    fewer = dataclasses.replace(second, datasets=second.datasets[:1])
    assert not models_grid(dataclasses.replace(comparison, summaries=(first, fewer)), "box").rows[-1].total


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (number(None), "–"),
        (number(float("nan")), "–"),
        (number(float("inf")), "–"),
        (number(-0.0001), "0.000"),
        (number(-0.25, 2), "−0.25"),
        (signed(0.01234), "+0.012"),
        (signed(-0.01234), "−0.012"),
        (signed(0.0001), "0.000"),
        (interval(float("nan"), float("nan")), ""),
        (interval(-0.5, 0.25, 2), "[−0.50, 0.25]"),
        (percent(0.256), "26 %"),
        (p_value(float("nan")), "–"),
        (estimate_cell(None, METRICS["dice"]), Cell("–")),
    ],
)
def test_numbers_are_written_for_readers(written, expected):
    assert written == expected
