import dataclasses
import math

import numpy as np
import pytest

from tests.downstream.testing.made import SETTINGS, made_records, made_test
from ultrasam.downstream.testing.report.charts.confusion import confusion_chart
from ultrasam.downstream.testing.report.markdown import report_markdown
from ultrasam.downstream.testing.report.tables import class_grid, confusion_grid, digits_of, overall_grid
from ultrasam.downstream.testing.tested import Tested


def test_every_class_has_a_row_with_its_numbers(tmp_path):
    result, tested = made_test("classification", tmp_path)
    grid = class_grid(result, tested)
    assert [row.cells[0].text for row in grid.rows] == ["lesion", "vessel"]
    assert [row.cells[1].text for row in grid.rows] == ["6", "6"]
    place = grid.columns.index("sensitivity")
    for row, estimate in zip(grid.rows, result.by_class["sensitivity"], strict=True):
        assert float(row.cells[place].text) == pytest.approx(estimate.mean, abs=5e-4)
    assert grid.columns[-1] == "sensitivity at 90 % specificity"


def test_the_confusion_matrix_sums_to_the_cases(tmp_path):
    _, tested = made_test("classification", tmp_path)
    rows = confusion_grid(tested).rows
    assert sum(int(row.cells[-1].text) for row in rows) == 12
    assert [cell.best for cell in rows[1].cells] == [False, False, True, False]


def test_a_single_value_needs_no_mean_over_values(tmp_path):
    result, _ = made_test("regression", tmp_path)
    assert overall_grid(result).rows
    one = dataclasses.replace(result, settings=dataclasses.replace(result.settings, classes=("ef",)))
    assert not overall_grid(one).rows


def test_decimals_follow_the_size_of_the_errors(tmp_path):
    result, _ = made_test("regression", tmp_path)
    sizes = {0.00123: 5, 0.5: 3, 12.0: 1, 4567.0: 0, math.nan: 3}
    for size, digits in sizes.items():
        errors = tuple(dataclasses.replace(estimate, mean=size) for estimate in result.by_class["rmse"])
        changed = dataclasses.replace(result, by_class={**result.by_class, "rmse": errors})
        assert digits_of(changed, "mae", 0) == digits
        assert digits_of(changed, "r2", 0) == 3


@pytest.mark.parametrize("kind", ["classification", "regression", "semantic", "instance"])
def test_markdown_has_the_same_tables(kind, tmp_path):
    result, tested = made_test(kind, tmp_path)
    text = report_markdown(result, tested)
    for grid in (overall_grid(result), class_grid(result, tested)):
        assert f"## {grid.title}" in text
        for row in grid.rows:
            assert row.cells[1].text in text
    assert "## Metrics" in text


def test_a_matrix_of_many_classes_is_its_most_frequent_confusions(tmp_path):
    classes = tuple(f"c{i}" for i in range(50))
    records = made_records("classification", tmp_path, 12)
    for number, record in enumerate(records):
        wrong = 7 if number < 3 else 9 if number < 5 else 0
        record["cases"] = [{"truth": [0], "answer": np.eye(50)[wrong].tolist()}]
    tested = Tested.of(dataclasses.replace(SETTINGS, classes=classes), records)
    grid = confusion_grid(tested)
    assert [[cell.text for cell in row.cells] for row in grid.rows] == [["c0", "c7", "3"], ["c0", "c9", "2"]]
    assert confusion_chart(tested).charts == ()
