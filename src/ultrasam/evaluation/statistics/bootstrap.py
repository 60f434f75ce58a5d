"""Means with 95 % intervals by bootstrap over patients.

Objects of one patient resemble each other, so whole patients are drawn: an interval over objects would be too narrow
(Davison and Hinkley 1997, Bootstrap methods and their application, section 3.8). A value that is NaN is not defined
for its object and is left out of every mean.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ultrasam.errors import InputError

#: Draws held at once as 64-bit numbers, 16 MB of them, however many patients there are.
_DRAWS_AT_ONCE = 2**21
_PERCENTILES = (2.5, 97.5)


@dataclass(frozen=True)
class Estimate:
    """A mean with its interval.

    Attributes:
        mean: over all values; NaN where there is none.
        low: lower end of the 95 % interval; NaN where there are fewer than two patients to draw from.
        high: upper end; NaN likewise.
        count: number of values.
    """

    mean: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, eq=False)
class Replicates:
    """The same sum over each of B resamples of one data set.

    Attributes:
        sums: ``(B,)`` float64, of all values in a resample.
        counts: ``(B,)`` float64, how many there are; 0 in a resample without a patient that has one.
        total: sum of the values themselves.
        count: how many there are.
        patients: with at least one value.
    """

    sums: npt.NDArray[np.float64]
    counts: npt.NDArray[np.float64]
    total: float
    count: int
    patients: int

    @property
    def mean(self) -> float:
        """Mean of the values themselves; NaN where there is none."""
        return self.total / self.count if self.count else math.nan

    @property
    def means(self) -> npt.NDArray[np.float64]:
        """``(B,)`` the mean in each resample; NaN where there is no value in it."""
        return ratio(self.sums, self.counts)

    def estimate(self) -> Estimate:
        """Mean over objects with its percentile interval."""
        return percentile_estimate(self.mean, self.means, self.count, known=self.patients > 1)


class PatientBootstrap:
    """Resamples of the patients of one data set, drawn once and used for all its metrics.

    Example:
        >>> bootstrap = PatientBootstrap(["a", "a", "b", "c"], resamples=500)
        >>> estimate = bootstrap.estimate([0.8, 0.9, 0.7, float("nan")])
        >>> round(estimate.mean, 3), estimate.low < estimate.mean < estimate.high, estimate.count
        (0.8, True, 3)

    Attributes:
        patients: number of different patients.
        resamples: B, how often they are drawn, each time as many as there are, with replacement.
    """

    def __init__(self, patients: npt.ArrayLike, *, resamples: int = 2000, seed: int = 0) -> None:
        """Draw the resamples.

        Args:
            patients: ``(N,)`` whose each value is: names or numbers.
            resamples: how many.
            seed: of the draws.

        Raises:
            InputError: there is no value at all, or no resample is wanted.
        """
        names = np.asarray(patients)
        if names.ndim != 1 or not names.size:
            raise InputError(f"Expected the patient of at least one value, but got an array of shape {names.shape}.")
        if resamples < 1:
            raise InputError(f"Expected at least one resample, but got {resamples}: 2000 give steady intervals.")
        found, self._patient = np.unique(names, return_inverse=True)
        self.patients, self.resamples = len(found), resamples
        # How often each patient is drawn is about Poisson distributed with mean 1: a byte is plenty.
        self._weights = np.empty((resamples, self.patients), np.uint8)
        rng = np.random.default_rng(seed)
        for rows in self._chunks():
            drawn = rng.integers(self.patients, size=(rows.stop - rows.start, self.patients))
            drawn += np.arange(len(drawn))[:, None] * self.patients
            times = np.bincount(drawn.ravel(), minlength=drawn.size)
            self._weights[rows] = np.minimum(times, 255).reshape(drawn.shape)

    def replicates(self, values: npt.ArrayLike) -> Replicates:
        """Sum values over all resamples.

        Args:
            values: ``(N,)``, one for each entry of ``patients``; NaN where not defined.

        Raises:
            InputError: the number of values is another, or one is infinite.
        """
        column = np.asarray(values, np.float64)
        if column.shape != self._patient.shape:
            raise InputError(f"Expected {self._patient.size} values, one per patient's label, but got {column.shape}.")
        defined = ~np.isnan(column)
        patient, column = self._patient[defined], column[defined]
        if not np.isfinite(column).all():
            raise InputError("Expected finite values or NaN, but got infinity: its mean says nothing.")
        of_patient = np.stack(
            [
                np.bincount(patient, weights=column, minlength=self.patients),
                np.bincount(patient, minlength=self.patients),
            ],
            axis=1,
        )
        drawn = np.concatenate([self._weights[rows].astype(np.float64) @ of_patient for rows in self._chunks()])
        having = int(np.count_nonzero(of_patient[:, 1]))
        return Replicates(drawn[:, 0], drawn[:, 1], float(column.sum()), int(column.size), having)

    def weights(self) -> Iterator[npt.NDArray[np.float64]]:
        """``(b, N)`` float64, how often each value stands in each resample; some resamples at a time, B in all."""
        step = max(1, _DRAWS_AT_ONCE // self._patient.size)
        for start in range(0, self.resamples, step):
            yield self._weights[start : start + step].astype(np.float64)[:, self._patient]

    def patients_with(self, concerned: npt.NDArray[np.bool_]) -> int:
        """How many patients have a value that is marked in ``(N,)`` bool."""
        return len(np.unique(self._patient[concerned]))

    def estimate(self, values: npt.ArrayLike) -> Estimate:
        """Mean over objects with its 95 % percentile interval.

        Args:
            values: ``(N,)``, one for each entry of ``patients``; NaN where not defined.

        Raises:
            InputError: as :meth:`replicates`.
        """
        return self.replicates(values).estimate()

    def _chunks(self) -> list[slice]:
        step = max(1, _DRAWS_AT_ONCE // self.patients)
        return [slice(start, min(start + step, self.resamples)) for start in range(0, self.resamples, step)]


def macro_estimate(strata: Sequence[Replicates]) -> Estimate:
    """Mean of the data sets' means, each set resampled on its own; ``count`` is of all values.

    A data set without a value is left out. Where one has a single patient, how sure its mean is cannot be known, and
    so neither can the interval: it is NaN.

    Raises:
        InputError: there is no data set, or their numbers of resamples differ.
    """
    return _combine(strata, lambda sums, counts: ratio(sums, counts).mean(axis=0))


def pooled_estimate(strata: Sequence[Replicates]) -> Estimate:
    """Mean over the objects of all data sets together, each set resampled on its own; otherwise as above.

    Raises:
        InputError: there is no data set, or their numbers of resamples differ.
    """
    return _combine(strata, lambda sums, counts: ratio(sums.sum(axis=0), counts.sum(axis=0)))


def mean_by(values: npt.ArrayLike, groups: npt.ArrayLike) -> float:
    """Mean of the groups' means, e.g. over images or patients.

    Args:
        values: ``(N,)``; NaN where not defined: left out, as is a group without any other.
        groups: ``(N,)`` names or numbers.

    Returns:
        NaN where no value is defined.

    Raises:
        InputError: the two differ in length.
    """
    column, names = np.asarray(values, np.float64), np.asarray(groups)
    if column.ndim != 1 or column.shape != names.shape:
        raise InputError(f"Expected one group for each value, but got {names.shape} groups of {column.shape} values.")
    defined = ~np.isnan(column)
    if not defined.any():
        return math.nan
    _, group = np.unique(names[defined], return_inverse=True)
    return float((np.bincount(group, weights=column[defined]) / np.bincount(group)).mean())


def _combine(
    strata: Sequence[Replicates],
    mean: Callable[[npt.NDArray[np.float64], npt.NDArray[np.float64]], npt.NDArray[np.float64]],
) -> Estimate:
    if not strata or len({len(stratum.sums) for stratum in strata}) != 1:
        numbers = [len(stratum.sums) for stratum in strata]
        raise InputError(f"Expected at least one data set, all resampled equally often, but got resamples {numbers}.")
    having = [stratum for stratum in strata if stratum.count]
    if not having:
        return Estimate(math.nan, math.nan, math.nan, 0)
    # Sets of equal size that were drawn with one seed have the same weights. Shifted against each other, as the order
    # of resamples means nothing, they are independent.
    sums, counts = (
        np.stack([np.roll(getattr(stratum, name), place) for place, stratum in enumerate(having)])
        for name in ("sums", "counts")
    )
    whole = mean(*(np.array([[getattr(s, name)] for s in having], np.float64) for name in ("total", "count")))
    known = all(stratum.patients > 1 for stratum in having)
    return percentile_estimate(
        float(whole[0]), mean(sums, counts), sum(stratum.count for stratum in having), known=known
    )


def percentile_estimate(mean: float, means: npt.NDArray[np.float64], count: int, *, known: bool) -> Estimate:
    """A value with the interval of what it is in the resamples.

    Args:
        mean: the value itself.
        means: ``(B,)`` in each resample; NaN where it is not defined there.
        count: number of values behind it.
        known: whether resamples say anything: there are two patients to draw from.
    """
    means = means[~np.isnan(means)]
    if not known or not means.size:
        return Estimate(mean, math.nan, math.nan, count)
    low, high = np.percentile(means, _PERCENTILES)
    return Estimate(mean, float(low), float(high), count)


def ratio(sums: npt.NDArray[np.float64], counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Element by element; NaN where the second is not above 0."""
    return np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
