"""Whether the predicted IoU can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ultrasam.errors import InputError


@dataclass(frozen=True)
class ReliabilityBin:
    """Answers whose predicted IoU lies in ``low <= predicted < high``; the last bin includes 1.

    Attributes:
        low: lower end.
        high: upper end.
        count: answers in it.
        predicted: mean predicted IoU; 0 where there is no answer.
        actual: mean actual IoU; 0 where there is no answer.
    """

    low: float
    high: float
    count: int
    predicted: float
    actual: float


def reliability(predicted: npt.ArrayLike, actual: npt.ArrayLike, bins: int = 10) -> list[ReliabilityBin]:
    """Sort answers by predicted IoU into bins of equal width over 0 to 1; empty bins stay in.

    Args:
        predicted: ``(N,)`` predicted IoU; clipped to 0 to 1, as a network may predict more.
        actual: ``(N,)`` IoU with the truth.
        bins: how many.

    Raises:
        InputError: the two differ in length, hold a NaN, or there is no bin.
    """
    expected, found = np.asarray(predicted, np.float64), np.asarray(actual, np.float64)
    if expected.ndim != 1 or expected.shape != found.shape:
        raise InputError(f"Expected one actual for each predicted IoU, but got {found.shape} for {expected.shape}.")
    if np.isnan(expected).any() or np.isnan(found).any():
        raise InputError("Expected IoUs, but got NaN: leave answers without a prediction out.")
    if bins < 1:
        raise InputError(f"Expected at least one bin, but got {bins}.")
    expected = expected.clip(0, 1)
    edges = np.arange(bins + 1) / bins
    place = np.searchsorted(edges[1:-1], expected, side="right")
    counts = np.bincount(place, minlength=bins)
    means = [np.bincount(place, weights=values, minlength=bins) / np.maximum(counts, 1) for values in (expected, found)]
    return [
        ReliabilityBin(float(edges[i]), float(edges[i + 1]), int(counts[i]), float(means[0][i]), float(means[1][i]))
        for i in range(bins)
    ]


def expected_calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """Mean distance between predicted and actual IoU, bins weighted by their answers, 0 to 1.

    Source: Guo et al. 2017, On calibration of modern neural networks.

    Raises:
        InputError: no bin holds an answer.
    """
    total = sum(one.count for one in bins)
    if not total:
        raise InputError("Expected at least one answer in the bins, but they are empty.")
    return sum(one.count * abs(one.predicted - one.actual) for one in bins) / total
