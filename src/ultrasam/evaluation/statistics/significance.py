"""Whether two models differ by more than chance, and what many such tests are worth together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ultrasam.errors import InputError
from ultrasam.extras import require

#: Decimals of a difference: 0.3 - 0.2 and 0.8 - 0.7 are a tie, and what rounding leaves of 0 is 0.
_DECIMALS = 12


@dataclass(frozen=True)
class Wilcoxon:
    """Result of a paired test.

    Attributes:
        p_value: two-sided, 0 to 1; 1 where all pairs are equal or there is none.
        median_difference: of the first minus the second; 0 where there is no pair.
        pairs: that were compared.
    """

    p_value: float
    median_difference: float
    pairs: int


def paired_wilcoxon(first: npt.ArrayLike, second: npt.ArrayLike) -> Wilcoxon:
    """Two-sided signed-rank test of paired values; exact for few pairs, equal pairs are left out of the ranks.

    Few pairs cannot be significant however they differ: five give 0.06 at best. The pairs must be independent: give
    means of patients, not of their images.

    Source: Wilcoxon 1945, Individual comparisons by ranking methods; ``scipy.stats.wilcoxon``.

    Args:
        first: ``(N,)`` float; pairs with a NaN are left out.
        second: ``(N,)``, in the same order.

    Raises:
        InputError: the two differ in length.
    """
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if a.ndim != 1 or a.shape != b.shape:
        raise InputError(f"Expected pairs of values, but got {a.shape} and {b.shape}.")
    differences = np.round(a - b, _DECIMALS)
    differences = differences[~np.isnan(differences)]
    if not differences.any():
        return Wilcoxon(1.0, 0.0, len(differences))
    p_value = require("scipy.stats", needed_for="Tests of significance").wilcoxon(differences).pvalue
    return Wilcoxon(float(p_value), float(np.median(differences)), len(differences))


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values adjusted for being one of many, in the order given; the chance of one false alarm in all is kept.

    Source: Holm 1979, A simple sequentially rejective multiple test procedure.

    Raises:
        InputError: a p-value is not between 0 and 1.
    """
    values = np.asarray(p_values, np.float64)
    if not ((values >= 0) & (values <= 1)).all():
        raise InputError(f"Expected p-values between 0 and 1, but got {values.tolist()}.")
    order = np.argsort(values, kind="stable")
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1)), 1)
    return [float(value) for value in adjusted]
