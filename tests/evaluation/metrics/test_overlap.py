import math

import pytest
from hypothesis import given
from scipy.spatial import distance

from tests.evaluation.metrics.pairs import any_pair, painted
from ultrasam.evaluation.metrics.overlap import area_error, dice, iou


@given(any_pair.filter(lambda pair: pair[0].any() or pair[1].any()))
def test_overlap_is_scipys_dissimilarity_turned_round(pair):
    first, second = (mask.ravel() for mask in pair)
    assert dice(*pair) == pytest.approx(1 - distance.dice(first, second))
    assert iou(*pair) == pytest.approx(1 - distance.jaccard(first, second))


@pytest.mark.parametrize(
    ("predicted", "truth", "expected"),
    [
        (painted(), painted(), (1, 1, 0)),
        (painted(), painted((0, 0, 4, 5)), (0, 0, -1)),
        (painted((0, 0, 4, 5)), painted(), (0, 0, math.inf)),
        (painted((0, 0, 4, 5)), painted((0, 0, 4, 5)), (1, 1, 0)),
        (painted((0, 0, 4, 5)), painted((0, 0, 4, 10)), (2 / 3, 0.5, -0.5)),
        (painted((0, 0, 4, 15)), painted((0, 0, 4, 5)), (0.5, 1 / 3, 2)),
    ],
)
def test_by_hand(predicted, truth, expected):
    assert (dice(predicted, truth), iou(predicted, truth), area_error(predicted, truth)) == pytest.approx(expected)
