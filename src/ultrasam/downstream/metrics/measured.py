"""What is measured of a set of images, for any weights of them: the values, their intervals, their resamples."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ultrasam.evaluation.statistics.bootstrap import Estimate, PatientBootstrap
from ultrasam.evaluation.statistics.weighted import Weights, plainly, weighted_estimates

_Floats: TypeAlias = npt.NDArray[np.float64]
#: Name to title and definition, in the order of reports.
Definitions: TypeAlias = dict[str, tuple[str, str]]


@dataclass(frozen=True)
class Estimates:
    """Numbers with their intervals.

    Attributes:
        overall: of all classes together, by name.
        by_class: of each of the K classes, by name; ``count`` is of the images that have the class.
    """

    overall: dict[str, Estimate]
    by_class: dict[str, tuple[Estimate, ...]]


@dataclass(frozen=True, eq=False)
class Measured:
    """N images of K classes, ready to be measured.

    Attributes:
        overall: what is measured of all classes together.
        by_class: what is measured of each class.
        class_values: gives ``(b, M, K)`` the numbers of ``by_class`` for ``(b, N)`` weights; NaN where not defined.
        overall_values: gives ``(b, L)`` the numbers of ``overall`` out of those and the weights.
        concerned: ``(N, K)`` bool: which images the numbers of each class stand on.
    """

    overall: Definitions
    by_class: Definitions
    class_values: Callable[[Weights], _Floats]
    overall_values: Callable[[_Floats, Weights], _Floats]
    concerned: npt.NDArray[np.bool_]

    def values(self) -> dict[str, float]:
        """The numbers of ``overall``, without intervals; NaN where not defined."""
        found = plainly(self._overall, len(self.concerned))
        return dict(zip(self.overall, found.tolist(), strict=True))

    def estimate(self, bootstrap: PatientBootstrap) -> Estimates:
        """All numbers with their 95 % intervals by patient.

        Args:
            bootstrap: of the N images' patients.
        """

        def statistic(weights: Weights) -> _Floats:
            values = self.class_values(weights)
            return np.concatenate([self.overall_values(values, weights), values.reshape(len(weights), -1)], axis=1)

        images, classes = self.concerned.shape
        everywhere = np.ones((images, len(self.overall)), bool)
        concerned = np.hstack([everywhere, np.tile(self.concerned, (1, len(self.by_class)))])
        found = weighted_estimates(bootstrap, statistic, concerned)
        overall, by_class = found[: len(self.overall)], found[len(self.overall) :]
        return Estimates(
            dict(zip(self.overall, overall, strict=True)),
            {name: tuple(by_class[i * classes : (i + 1) * classes]) for i, name in enumerate(self.by_class)},
        )

    def replicates(self, bootstrap: PatientBootstrap) -> dict[str, _Floats]:
        """``(B,)`` each number of ``overall`` in each resample: two models on the same resamples can be compared."""
        found = np.concatenate([self._overall(weights) for weights in bootstrap.weights()])
        return dict(zip(self.overall, found.T, strict=True))

    def _overall(self, weights: Weights) -> _Floats:
        return self.overall_values(self.class_values(weights), weights)


def mean_of_classes(values: _Floats) -> _Floats:
    """``(b, M)`` of ``(b, M, K)``: over the classes that have the number; NaN where none has it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of no class at all, whose mean is NaN
        return np.asarray(np.nanmean(values, axis=2))
