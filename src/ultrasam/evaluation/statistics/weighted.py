"""Intervals for what is no mean of its values, such as an area under a curve: it is computed anew in each resample.

A resample is a weight for each value, how often its patient was drawn, so that a statistic that takes weights needs no
copies of the values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ultrasam.errors import InputError
from ultrasam.evaluation.statistics.bootstrap import Estimate, PatientBootstrap, percentile_estimate

#: ``(b, N)`` float64 from 0: weights of N values in each of b resamples.
Weights: TypeAlias = npt.NDArray[np.float64]
#: Gives ``(b, M)`` float64, M numbers in each of b resamples; NaN where one is not defined.
Statistic: TypeAlias = Callable[[Weights], npt.NDArray[np.float64]]


def plainly(statistic: Statistic, count: int) -> npt.NDArray[np.float64]:
    """``(M,)`` the statistic of N = ``count`` values themselves, each with weight 1."""
    return np.asarray(statistic(np.ones((1, count)))[0])


def weighted_estimates(
    bootstrap: PatientBootstrap, statistic: Statistic, concerned: npt.NDArray[np.bool_]
) -> list[Estimate]:
    """Each of M numbers with its 95 % percentile interval by patient.

    Args:
        bootstrap: resamples of the N values' patients.
        statistic: of the N values.
        concerned: ``(N, M)`` which values each number stands on: their count is its count, and where they are of a
            single patient the interval is NaN.

    Raises:
        InputError: the statistic gives another number of numbers.
    """
    whole = plainly(statistic, len(concerned))
    if whole.shape != concerned.shape[1:]:
        raise InputError(f"Expected {concerned.shape[1]} numbers of the statistic, but got {whole.shape}.")
    drawn = np.concatenate([statistic(weights) for weights in bootstrap.weights()])
    return [
        percentile_estimate(
            float(whole[place]), drawn[:, place], int(marked.sum()), known=bootstrap.patients_with(marked) > 1
        )
        for place, marked in enumerate(concerned.T)
    ]
