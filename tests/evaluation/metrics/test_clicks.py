import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ultrasam.errors import InputError
from ultrasam.evaluation.metrics.clicks import ClickSummary, clicks_to_reach, summarise_clicks


@pytest.mark.parametrize(
    ("dice", "threshold", "expected"),
    [
        ([0.9], 0.8, 1),
        ([0.5, 0.8], 0.8, 2),
        ([0.5, 0.79], 0.8, None),
        ([0.5, 0.9, 0.4], 0.8, 2),
        ([], 0.8, None),
        ([0.0], 0.0, 1),
    ],
)
def test_the_first_click_that_is_good_enough(dice, threshold, expected):
    assert clicks_to_reach(dice, threshold) == expected


def test_by_hand():
    dice = [[0.96, 0.97, 0.98], [0.7, 0.82, 0.91], [0.3, 0.4, 0.5], [0.5, 0.9, 0.7]]
    assert summarise_clicks(dice) == [
        ClickSummary(0.8, (1 + 2 + 3 + 2) / 4, 0.25),
        ClickSummary(0.85, (1 + 3 + 3 + 2) / 4, 0.25),
        ClickSummary(0.9, (1 + 3 + 3 + 2) / 4, 0.25),
        ClickSummary(0.95, (1 + 3 + 3 + 3) / 4, 0.75),
    ]


@given(hnp.arrays(float, hnp.array_shapes(min_dims=2, max_dims=2), elements=st.floats(0, 1)), st.floats(0, 1))
def test_a_summary_is_that_of_its_objects(dice, threshold):
    reached = [clicks_to_reach(row, threshold) for row in dice]
    (found,) = summarise_clicks(dice, [threshold])
    assert found.mean_clicks == pytest.approx(np.mean([dice.shape[1] if r is None else r for r in reached]))
    assert found.failures == pytest.approx(np.mean([r is None for r in reached]))


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (5,)])
def test_without_objects_or_clicks_there_is_no_summary(shape):
    with pytest.raises(InputError, match="objects by clicks"):
        summarise_clicks(np.zeros(shape))
