"""How well a score ranks the images of a class above the others, whatever the threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ultrasam.errors import InputError
from ultrasam.evaluation.statistics.bootstrap import ratio
from ultrasam.evaluation.statistics.weighted import Weights

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Curve:
    """A receiver operating characteristic: what a threshold gives, from the strictest to the laxest.

    Attributes:
        false_positive_rate: ``(T,)`` 1 - specificity, 0 to 1, rising.
        true_positive_rate: ``(T,)`` sensitivity, 0 to 1, rising.
        thresholds: ``(T,)`` falling; a score of the threshold or more counts as positive. The first is infinite.
    """

    false_positive_rate: _Floats
    true_positive_rate: _Floats
    thresholds: _Floats

    def sensitivity_at(self, specificity: float) -> float:
        """The highest sensitivity of a threshold with at least this specificity; NaN where either class is absent."""
        allowed = self.false_positive_rate <= 1 - specificity + 1e-12
        return float(self.true_positive_rate[allowed].max()) if allowed.any() else float("nan")


def auroc(scores: npt.ArrayLike, positive: npt.ArrayLike, weights: Weights | None = None) -> _Floats:
    """Area under the receiver operating characteristic: how often a positive is ranked above a negative.

    Source: Mann and Whitney 1947, On a test of whether one of two random variables is stochastically larger than the
    other; ties count one half (Hanley and McNeil 1982).

    Args:
        scores: ``(N,)``, higher means positive.
        positive: ``(N,)`` bool, the truth.
        weights: ``(b, N)``; None for once each.

    Returns:
        ``(b,)`` 0 to 1; NaN where there is no positive or no negative.

    Raises:
        InputError: the lengths differ, or a score is NaN.
    """
    _, positives, negatives = _tied(scores, positive, weights)
    below = np.cumsum(negatives, axis=1) - negatives / 2
    return ratio((positives * below).sum(axis=1), positives.sum(axis=1) * negatives.sum(axis=1))


def average_precision(scores: npt.ArrayLike, positive: npt.ArrayLike, weights: Weights | None = None) -> _Floats:
    """Mean precision over the recalls that thresholds give, without interpolation.

    Source: Zhu 2004, Recall, precision and average precision; ``sklearn.metrics.average_precision_score``.

    Args:
        scores: ``(N,)``, higher means positive.
        positive: ``(N,)`` bool, the truth.
        weights: ``(b, N)``; None for once each.

    Returns:
        ``(b,)`` 0 to 1; NaN where there is no positive.

    Raises:
        InputError: the lengths differ, or a score is NaN.
    """
    _, positives, negatives = _tied(scores, positive, weights)
    right = np.cumsum(positives[:, ::-1], axis=1)
    called = right + np.cumsum(negatives[:, ::-1], axis=1)
    precision = np.divide(right, called, out=np.zeros_like(right), where=called > 0)
    return ratio((positives[:, ::-1] * precision).sum(axis=1), positives.sum(axis=1))


def roc_curve(scores: npt.ArrayLike, positive: npt.ArrayLike) -> Curve:
    """All operating points of a score; rates are NaN where there is no positive or no negative.

    Args:
        scores: ``(N,)``, higher means positive.
        positive: ``(N,)`` bool, the truth.

    Raises:
        InputError: the lengths differ, or a score is NaN.
    """
    values, positives, negatives = _tied(scores, positive, None)
    rates = [np.concatenate([[0.0], np.cumsum(row[0, ::-1])]) / (row.sum() or np.nan) for row in (negatives, positives)]
    return Curve(rates[0], rates[1], np.concatenate([[np.inf], values[::-1]]))


def _tied(scores: npt.ArrayLike, positive: npt.ArrayLike, weights: Weights | None) -> tuple[_Floats, _Floats, _Floats]:
    """``(T,)`` the different scores, rising, and ``(b, T)`` the weights of the positives and negatives of each."""
    values, truth = np.asarray(scores, np.float64), np.asarray(positive, bool)
    if values.ndim != 1 or values.shape != truth.shape:
        raise InputError(f"Expected one truth for each score, but got {truth.shape} for {values.shape}.")
    if np.isnan(values).any():
        raise InputError("Expected scores, but got NaN: leave images without a prediction out.")
    drawn = np.ones((1, values.size)) if weights is None else weights
    order = np.argsort(values, kind="stable")
    values, truth, drawn = values[order], truth[order], drawn[:, order]
    starts = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))[: values.size]
    if not values.size:
        return values, np.zeros((len(drawn), 0)), np.zeros((len(drawn), 0))
    positives, negatives = (np.add.reduceat(drawn * side, starts, axis=1) for side in (truth, ~truth))
    return values[starts], positives, negatives
