from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.evaluation.metrics.pairs import any_pair, painted
from ultrasam.errors import InputError
from ultrasam.evaluation.metrics.matching import (
    DetectionScores,
    Matching,
    assigned,
    ious,
    match,
    panoptic_quality,
    precision_recall_f1,
)
from ultrasam.evaluation.metrics.overlap import iou

masks = st.lists(hnp.arrays(bool, (4, 5)), max_size=4)


def best_total(predicted, truths):
    """Of all ways to pair them."""
    few, many = sorted((predicted, truths), key=len)
    return max(
        sum(iou(a, b) if a.any() or b.any() else 0 for a, b in zip(few, order, strict=True))
        for order in permutations(many, len(few))
    )


@given(masks, masks)
def test_no_other_assignment_is_better(predicted, truths):
    found = match(predicted, truths)
    assert sum(pair[2] for pair in found.pairs) == pytest.approx(best_total(predicted, truths))
    for p, t, value in found.pairs:
        assert value == pytest.approx(iou(predicted[p], truths[t]))
        assert value > 0
    for side, (masks_, left) in enumerate(((predicted, found.unmatched_predictions), (truths, found.unmatched_truths))):
        assert sorted([pair[side] for pair in found.pairs] + list(left)) == list(range(len(masks_)))


def test_the_best_partner_may_have_to_yield():
    # Greedily, the first prediction would take the first truth and leave the second with nothing.
    predicted = [painted((0, 0, 12, 10)), painted((0, 0, 10, 6))]
    truths = [painted((0, 0, 10, 10)), painted((10, 0, 22, 10))]
    found = match(predicted, truths)
    assert [pair[:2] for pair in found.pairs] == [(0, 0)]
    truths[1] = painted((2, 0, 14, 10))
    assert [pair[:2] for pair in match(predicted, truths).pairs] == [(0, 1), (1, 0)]


def test_without_masks_there_are_no_pairs():
    assert match([], []) == Matching((), (), ())
    assert match([], [painted((0, 0, 3, 3))]) == Matching((), (), (0,))
    assert match([painted()], [painted()]) == Matching((), (0,), (0,))


def test_masks_of_two_sizes_are_told():
    with pytest.raises(InputError, match="one size"):
        match([painted()], [painted(size_hw=(3, 3))])


IMAGES = [
    Matching(((0, 1, 0.9), (2, 0, 0.5), (3, 2, 0.3)), (1,), ()),
    Matching(((0, 0, 0.7),), (), (1, 2)),
]


def test_detections_by_hand():
    # Right: 0.9, 0.5, 0.7. Wrong: the pair of 0.3 and one alone. Missed: the pair of 0.3 and two alone.
    expected = DetectionScores(3 / 5, 3 / 6, 2 * 3 / (5 + 6))
    assert precision_recall_f1(IMAGES) == expected
    assert precision_recall_f1(iter(IMAGES)) == expected
    assert precision_recall_f1(IMAGES, 0.8) == DetectionScores(1 / 5, 1 / 6, 2 / 11)


def test_panoptic_quality_by_hand():
    # An IoU of just 0.5 does not count there.
    assert panoptic_quality(IMAGES) == pytest.approx((0.9 + 0.7) / (2 + 3 / 2 + 4 / 2))
    assert panoptic_quality(iter(IMAGES)) == panoptic_quality(IMAGES)


@pytest.mark.parametrize(
    ("matching", "expected"),
    [
        (Matching((), (), ()), 1),
        (Matching((), (0,), ()), 0),
        (Matching((), (), (0,)), 0),
        (Matching(((0, 0, 1.0),), (), ()), 1),
    ],
)
def test_extremes(matching, expected):
    assert precision_recall_f1([matching]) == DetectionScores(expected, expected, expected)
    assert panoptic_quality([matching]) == expected


def test_mean_iou_times_f1_is_panoptic_quality():
    rng = np.random.default_rng(0)
    matchings = [
        Matching(tuple((i, i, float(v)) for i, v in enumerate(rng.uniform(0.4, 1, 3))), (3,), ()) for _ in range(20)
    ]
    good = [v for m in matchings for *_, v in m.pairs if v > 0.5]
    assert panoptic_quality(matchings) == pytest.approx(np.mean(good) * precision_recall_f1(matchings).f1)


def test_assigned_pairs_have_the_largest_sum_and_overlap():
    overlaps = np.array([[0.6, 0.5, 0.0], [0.7, 0.0, 0.0]])
    assert assigned(overlaps) == ((0, 1, 0.5), (1, 0, 0.7))
    assert assigned(np.zeros((2, 2))) == ()
    assert assigned(np.zeros((0, 3))) == ()


@given(any_pair)
def test_ious_are_those_of_the_masks(pair):
    first, second = pair
    expected = iou(first, second) if first.any() and second.any() else 0
    assert ious([first], [second]) == pytest.approx(np.array([[expected]]))
