import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.prompting.masks import any_mask, filled_mask, squared_distances
from ultrasam.errors import InputError
from ultrasam.prompting.region import occupied, squared_depths


@given(any_mask.filter(lambda mask: not mask.all()))
def test_depths_are_those_of_brute_force(mask):
    assert np.array_equal(squared_depths(mask), squared_distances(mask, np.argwhere(~mask)))


def test_depths_of_a_very_long_image_do_not_overflow():
    mask = np.ones((1, 100_001), bool)
    mask[0, [0, -1]] = False
    assert squared_depths(mask)[0, 50_000] == 50_000**2


@given(filled_mask, st.integers(0, 12))
def test_occupied_is_all_that_is_near_the_box(mask, margin):
    rows, columns = np.nonzero(mask)
    near = np.zeros_like(mask)
    for row in range(mask.shape[0]):
        for column in range(mask.shape[1]):
            near[row, column] = (
                rows.min() - margin <= row <= rows.max() + margin
                and columns.min() - margin <= column <= columns.max() + margin
            )
    found = np.zeros_like(mask)
    found[occupied(mask, margin)] = True
    assert np.array_equal(found, near)


def test_an_empty_mask_is_refused():
    with pytest.raises(InputError, match="at least one pixel"):
        occupied(np.zeros((4, 5), bool))


@pytest.mark.parametrize("mask", [np.ones((4, 5)), np.ones((4, 5), np.uint8), np.ones((1, 4, 5), bool)])
def test_what_is_no_mask_is_refused(mask):
    with pytest.raises(InputError, match=r"shape \(H, W\) of bool"):
        occupied(mask)
