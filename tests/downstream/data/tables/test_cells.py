"""Cells of tables."""

import math

import pytest

from ultrasam.downstream.data.tables.cells import labels_of, number_of, text_of
from ultrasam.errors import InputError


@pytest.mark.parametrize(
    ("cell", "text"), [(" a ", "a"), (None, ""), (math.nan, ""), ("NaN", ""), (3.0, "3"), (2.5, "2.5"), (0, "0")]
)
def test_cells_are_text(cell, text):
    assert text_of(cell) == text


@pytest.mark.parametrize("cell", ["", None, "nan", math.nan, "inf", "-inf", "12 mm", True, "1,5"])
def test_a_target_is_a_finite_number(cell):
    with pytest.raises(InputError, match="finite number as size"):
        number_of(cell, "size")


def test_numbers_in_any_spelling():
    assert [number_of(cell, "x") for cell in ("1e-3", 2, "-4.5")] == [0.001, 2.0, -4.5]


@pytest.mark.parametrize(
    ("cells", "columns", "several", "labels"),
    [
        ({"label": "cyst"}, ["label"], False, ("cyst",)),
        ({"label": " "}, ["label"], False, None),
        ({"label": "a;b; a"}, ["label"], True, ("a", "b")),
        ({"label": "a;b"}, ["label"], False, ("a;b",)),
        ({"label": ""}, ["label"], True, ()),
        ({"label": ["a", "b"]}, ["label"], True, ("a", "b")),
        ({"a": "1.0", "b": "no", "c": True}, ["a", "b", "c"], True, ("a", "c")),
    ],
)
def test_labels(cells, columns, several, labels):
    assert labels_of(cells, columns, several=several) == labels


@pytest.mark.parametrize("cell", ["2", "", "maybe"])
def test_a_column_of_several_is_0_or_1(cell):
    with pytest.raises(InputError, match="0 or 1 in the column b"):
        labels_of({"a": "1", "b": cell}, ["a", "b"], several=True)


@pytest.mark.parametrize(
    ("cell", "text"), [("7.0", "7"), ("-7.00", "-7"), ("007", "007"), ("7.05", "7.05"), ("v7.0", "v7.0")]
)
def test_whole_numbers_that_a_table_of_floats_holds(cell, text):
    assert text_of(cell) == text


def test_an_empty_cell_is_called_so():
    with pytest.raises(InputError, match="but got an empty cell"):
        number_of("", "size")
