"""Against scikit-learn and SciPy."""

import math

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from ultrasam.downstream.metrics.regression import BY_TARGET, measured, target_values, validation_values
from ultrasam.errors import InputError
from ultrasam.evaluation.statistics.bootstrap import PatientBootstrap


def read_off(seed, *, images=50, targets=1, offset=0.0):
    rng = np.random.default_rng(seed)
    truths = offset + 10 * rng.random((images, targets))
    return truths + rng.normal(0.4, 2, (images, targets)), truths


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_numbers_are_those_of_scikit_learn_and_scipy(offset):
    predicted, truths = read_off(0, offset=offset)
    errors = (predicted - truths)[:, 0]
    assert validation_values(predicted, truths) == pytest.approx(
        {
            "mae": metrics.mean_absolute_error(truths, predicted),
            "rmse": metrics.root_mean_squared_error(truths, predicted),
            "r2": metrics.r2_score(truths, predicted),
            "pearson": stats.pearsonr(truths[:, 0], predicted[:, 0]).statistic,
            "bias": errors.mean(),
            "lower_limit": errors.mean() - 1.96 * errors.std(ddof=1),
            "upper_limit": errors.mean() + 1.96 * errors.std(ddof=1),
        },
        rel=1e-6,
    )


def test_a_weight_is_a_repetition_and_targets_do_not_mix():
    predicted, truths = read_off(1, targets=3)
    times = np.random.default_rng(0).integers(0, 4, 50)
    weighted = target_values(predicted, truths, times[None].astype(float))[0]
    for target in range(3):
        repeated = validation_values(
            *(np.repeat(t[:, target : target + 1], times, axis=0) for t in (predicted, truths))
        )
        assert weighted[:, target] == pytest.approx(list(repeated.values()))


def test_intervals_are_those_of_the_textbook():
    """Of a mean of independent values: 1.96 standard errors."""
    predicted, truths = read_off(2, images=400)
    found = measured(predicted, truths).estimate(PatientBootstrap(np.arange(400), resamples=5000)).by_class
    (bias,) = found["bias"]
    half = 1.96 * (predicted - truths).std() / math.sqrt(400)
    assert (bias.high - bias.low) / 2 == pytest.approx(half, rel=0.05)
    assert set(found) == set(BY_TARGET)
    assert found["r2"][0].low < found["r2"][0].mean < found["r2"][0].high


def test_truths_that_are_all_alike_have_no_correlation():
    found = validation_values([[1.0], [2.0], [4.0]], [[0.1]] * 3)
    assert math.isnan(found["r2"])
    assert math.isnan(found["pearson"])
    assert found["mae"] == pytest.approx(6.7 / 3)


def test_a_single_image_has_no_limits():
    found = validation_values([[1.0]], [[3.0]])
    assert found["mae"] == 2
    assert math.isnan(found["lower_limit"])


@pytest.mark.parametrize(
    ("predicted", "truths", "message"),
    [([1.0], [1.0], r"\(N, T\)"), ([[1.0]], [[1.0, 2.0]], r"\(N, T\)"), ([[np.nan]], [[1.0]], "leave such images out")],
)
def test_what_is_no_regression_is_told(predicted, truths, message):
    with pytest.raises(InputError, match=message):
        validation_values(predicted, truths)
