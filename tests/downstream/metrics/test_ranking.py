"""Against scikit-learn, weights included, and against counting pairs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from ultrasam.downstream.metrics.ranking import auroc, average_precision, roc_curve
from ultrasam.errors import InputError


def scored(seed, *, rounded=False, images=80):
    rng = np.random.default_rng(seed)
    positive = rng.random(images) < 0.3
    scores = rng.standard_normal(images) + positive
    weights = rng.integers(0, 4, (5, images)).astype(float)
    return (np.round(scores, 0) if rounded else scores), positive, weights


@pytest.mark.parametrize("rounded", [False, True])
@pytest.mark.parametrize(
    ("own", "reference"), [(auroc, metrics.roc_auc_score), (average_precision, metrics.average_precision_score)]
)
def test_areas_are_those_of_scikit_learn(own, reference, rounded):
    for seed in range(4):
        scores, positive, weights = scored(seed, rounded=rounded)
        assert own(scores, positive)[0] == pytest.approx(reference(positive, scores))
        expected = [reference(positive, scores, sample_weight=row) for row in weights]
        assert own(scores, positive, weights) == pytest.approx(expected)


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=12))
def test_auroc_counts_pairs_and_halves_ties(pairs):
    scores, positive = (np.array(column) for column in zip(*pairs, strict=True))
    duels = [(a > b) + (a == b) / 2 for a in scores[positive] for b in scores[~positive]]
    found = auroc(scores, positive)[0]
    assert found == pytest.approx(np.mean(duels)) if duels else np.isnan(found)


def test_without_a_positive_or_a_negative_there_is_no_area():
    scores = np.array([0.1, 0.4])
    assert np.isnan(auroc(scores, [True, True]))
    assert np.isnan(auroc(scores, [False, False]))
    assert np.isnan(average_precision(scores, [False, False]))
    assert average_precision(scores, [True, True]) == 1
    gone = auroc([0.1, 0.4, 0.6], [False, True, True], np.array([[0, 1, 1], [1, 0, 2.0]]))
    assert np.isnan(gone[0])
    assert gone[1] == 1
    assert len(auroc([], [])) == len(average_precision([], [])) == 1


@pytest.mark.parametrize("rounded", [False, True])
def test_the_curve_is_that_of_scikit_learn(rounded):
    scores, positive, _ = scored(3, rounded=rounded)
    expected = metrics.roc_curve(positive, scores, drop_intermediate=False)
    found = roc_curve(scores, positive)
    for own, reference in zip(
        (found.false_positive_rate, found.true_positive_rate, found.thresholds), expected, strict=True
    ):
        assert own == pytest.approx(reference)


def test_sensitivity_at_a_specificity_is_read_off_the_curve():
    curve = roc_curve([0.9, 0.8, 0.7, 0.6, 0.5, 0.1], [True, False, True, True, False, False])
    assert curve.sensitivity_at(1.0) == pytest.approx(1 / 3)
    assert curve.sensitivity_at(0.6) == 1.0
    assert np.isnan(roc_curve([0.1, 0.2], [True, True]).sensitivity_at(0.9))


@pytest.mark.parametrize(
    ("scores", "positive", "message"), [([0.1], [True, False], "one truth for each"), ([np.nan], [True], "got NaN")]
)
def test_what_cannot_be_ranked_is_told(scores, positive, message):
    with pytest.raises(InputError, match=message):
        auroc(scores, positive)


def test_a_specificity_that_is_just_reached_counts():
    """1 - 0.9 is a little less than 1 / 10."""
    scores = [*range(10), 8.5]
    curve = roc_curve(scores, [False] * 10 + [True])
    assert curve.sensitivity_at(0.9) == 1.0
    assert curve.sensitivity_at(0.91) == 0.0
