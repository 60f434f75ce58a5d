"""Metrics of numbers that are read off images."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ultrasam.downstream.metrics.measured import Definitions, Measured, mean_of_classes
from ultrasam.errors import InputError
from ultrasam.evaluation.statistics.bootstrap import ratio
from ultrasam.evaluation.statistics.weighted import Weights

_Floats = npt.NDArray[np.float64]

#: Of each target, in its own unit where it has one: title and definition.
BY_TARGET: Definitions = {
    "mae": ("MAE", "mean of the absolute errors"),
    "rmse": ("RMSE", "root of the mean of the squared errors"),
    "r2": ("R²", "1 - squared errors over the squared distances of the truths from their mean"),
    "pearson": ("r", "Pearson's correlation of predictions and truths"),
    "bias": ("bias", "mean of predicted minus true"),
    "lower_limit": ("lower limit", "bias - 1.96 standard deviations of the errors (Bland and Altman 1986)"),
    "upper_limit": ("upper limit", "bias + 1.96 standard deviations of the errors (Bland and Altman 1986)"),
}
#: Half of a 95 % interval of a normal distribution, in standard deviations.
_HALF = 1.96


def validation_values(predicted: npt.ArrayLike, truths: npt.ArrayLike) -> dict[str, float]:
    """Mean over targets of each number of :data:`BY_TARGET`, without intervals.

    Targets of different units should be divided by their scales before.

    Args:
        predicted: ``(N, T)``.
        truths: ``(N, T)``.

    Raises:
        InputError: the shapes differ, there is no image, or a number is not finite.
    """
    return measured(predicted, truths).values()


def measured(predicted: npt.ArrayLike, truths: npt.ArrayLike) -> Measured:
    """The images, ready for intervals; overall is the mean over targets.

    Args:
        predicted: ``(N, T)``.
        truths: ``(N, T)``.

    Raises:
        InputError: as :func:`validation_values`.
    """
    found, wanted = _checked(predicted, truths)
    return Measured(
        BY_TARGET,
        BY_TARGET,
        lambda weights: target_values(found, wanted, weights),
        lambda values, _: mean_of_classes(values),
        np.ones(found.shape, bool),
    )


def target_values(predicted: _Floats, truths: _Floats, weights: Weights) -> _Floats:
    """``(b, M, T)`` the numbers of :data:`BY_TARGET` for ``(b, N)`` weights; NaN where not defined.

    R² and the correlation need truths that differ, the limits of agreement two images.
    """
    count = weights.sum(axis=1, keepdims=True)

    def mean(values: _Floats) -> _Floats:
        return np.asarray(weights @ values / count)

    # About the means of all values, so that little is lost where the numbers are large and differ little.
    errors = predicted - truths
    found, wanted = predicted - predicted.mean(axis=0), truths - truths.mean(axis=0)
    bias = mean(errors)
    spread_found, spread_wanted = (mean(side**2) - mean(side) ** 2 for side in (found, wanted))
    covariance = mean(found * wanted) - mean(found) * mean(wanted)
    centred = errors - errors.mean(axis=0)
    variance = np.maximum(mean(centred**2) - mean(centred) ** 2, 0)
    deviation = np.sqrt(ratio(variance * count, np.broadcast_to(count - 1, variance.shape)))
    values = {
        "mae": mean(np.abs(errors)),
        "rmse": np.sqrt(mean(errors**2)),
        "r2": 1 - ratio(mean(errors**2), _positive(spread_wanted, wanted)),
        "pearson": ratio(covariance, np.sqrt(_positive(spread_found, found) * _positive(spread_wanted, wanted))),
        "bias": bias,
        "lower_limit": bias - _HALF * deviation,
        "upper_limit": bias + _HALF * deviation,
    }
    return np.stack([values[name] for name in BY_TARGET], axis=1)


def _positive(variance: _Floats, values: _Floats) -> _Floats:
    """0 where a variance is only what rounding leaves of the differences."""
    smallest = 1e-12 * (values**2).mean(axis=0)
    return np.where(variance > smallest, variance, 0.0)


def _checked(predicted: npt.ArrayLike, truths: npt.ArrayLike) -> tuple[_Floats, _Floats]:
    found, wanted = np.asarray(predicted, np.float64), np.asarray(truths, np.float64)
    if found.ndim != 2 or found.shape != wanted.shape or not found.size:
        raise InputError(
            f"Expected predictions and truths (N, T) of at least one image, but got {found.shape} and {wanted.shape}."
        )
    if not (np.isfinite(found).all() and np.isfinite(wanted).all()):
        raise InputError("Expected finite predictions and truths, but got NaN or infinity: leave such images out.")
    return found, wanted
