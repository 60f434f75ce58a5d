"""Distances between the surfaces of two masks. What is a surface and how distances are summed up is MONAI's."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ultrasam.errors import InputError
from ultrasam.extras import require
from ultrasam.types import Mask, SpacingXY

#: A distance that equals the tolerance is within it, whatever rounding does to the product with the spacing.
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class SurfaceDistances:
    """From each surface pixel of one mask to the nearest of the other.

    **Empty masks**: two of them agree entirely; of one of them nothing can be measured, and it gets the worst there
    is: the image's diagonal as distance, and 0 as surface Dice. A model must not gain by answering nothing.

    Example:
        >>> truth = np.zeros((40, 40), bool)
        >>> truth[10:20, 10:20] = True
        >>> distances = SurfaceDistances.between(np.roll(truth, 2, axis=1), truth, spacing_xy=(0.1, 0.1))
        >>> round(distances.hd95, 3), distances.normalised_dice(tolerance=0.2)
        (0.2, 1.0)

    Attributes:
        to_truth: ``(P,)`` float64, from the prediction's surface to the truth's, in units of the spacing.
        to_predicted: ``(T,)`` float64, from the truth's surface to the prediction's.
        worst: the image's diagonal; what both arrays hold where one mask is empty.
    """

    to_truth: npt.NDArray[np.float64]
    to_predicted: npt.NDArray[np.float64]
    worst: float

    @classmethod
    def between(cls, predicted: Mask, truth: Mask, spacing_xy: SpacingXY = (1.0, 1.0)) -> SurfaceDistances:
        """Measure two masks ``(H, W)`` bool.

        Args:
            predicted: one mask.
            truth: the other, of the same size.
            spacing_xy: size of a pixel, to the right and down: distances are in its unit.

        Raises:
            InputError: the masks differ in size, or a spacing is no positive number.
        """
        if predicted.shape != truth.shape:
            raise InputError(f"Expected two masks of one size, but got {predicted.shape} and {truth.shape}.")
        return cls.between_points(surface_xy(predicted), surface_xy(truth), predicted.shape, spacing_xy)

    @classmethod
    def between_points(
        cls,
        predicted_xy: npt.NDArray[np.float64],
        truth_xy: npt.NDArray[np.float64],
        size_hw: tuple[int, ...],
        spacing_xy: SpacingXY = (1.0, 1.0),
    ) -> SurfaceDistances:
        """Measure two surfaces ``(N, 2)`` in pixels, of masks in an image of ``size_hw``.

        Raises:
            InputError: a spacing is no positive number.
        """
        _check_spacing(spacing_xy)
        worst = math.hypot(size_hw[1] * spacing_xy[0], size_hw[0] * spacing_xy[1])
        if not (len(predicted_xy) and len(truth_xy)):
            return cls(np.full(len(predicted_xy), worst), np.full(len(truth_xy), worst), worst)
        predicted_xy, truth_xy = predicted_xy * spacing_xy, truth_xy * spacing_xy
        # Trees over the few hundred surface pixels take half the time of distance transforms of the tight crop.
        tree = require("scipy.spatial", needed_for="Surface metrics").cKDTree
        # Each tree answers one query: a quick build is worth more than a balanced tree.
        options = {"leafsize": 32, "balanced_tree": False, "compact_nodes": False}
        return cls(
            tree(truth_xy, **options).query(predicted_xy)[0], tree(predicted_xy, **options).query(truth_xy)[0], worst
        )

    def scaled(self, factor: float) -> SurfaceDistances:
        """The same distances, measured in square pixels, in the unit in which a pixel's side is ``factor``.

        Raises:
            InputError: the factor is no positive number.
        """
        _check_spacing((factor, factor))
        return SurfaceDistances(self.to_truth * factor, self.to_predicted * factor, self.worst * factor)

    @property
    def hd95(self) -> float:
        """95 % Hausdorff distance: the larger of the two directed 95th percentiles, 0 to :attr:`worst`."""
        return max((_percentile_95(one) for one in (self.to_truth, self.to_predicted) if one.size), default=0.0)

    @property
    def assd(self) -> float:
        """Average symmetric surface distance: mean over the pixels of both surfaces, 0 to :attr:`worst`."""
        pixels = self.to_truth.size + self.to_predicted.size
        return float(self.to_truth.sum() + self.to_predicted.sum()) / pixels if pixels else 0.0

    def normalised_dice(self, tolerance: float) -> float:
        """Share of the pixels of both surfaces whose distance is at most ``tolerance``, 0 to 1.

        Source: Nikolov et al. 2018, Deep learning to achieve clinically applicable segmentation of head and neck
        anatomy; the pixels are counted, not weighted by the length of outline that they stand for.

        Raises:
            InputError: the tolerance is negative or no number.
        """
        if not tolerance >= 0:
            raise InputError(f"Expected a tolerance of 0 or more, but got {tolerance}.")
        pixels = self.to_truth.size + self.to_predicted.size
        if not (self.to_truth.size and self.to_predicted.size):
            return 0.0 if pixels else 1.0
        limit = tolerance * (1 + _ROUNDING)
        near = np.count_nonzero(self.to_truth <= limit) + np.count_nonzero(self.to_predicted <= limit)
        return float(near / pixels)


def surface_xy(mask: Mask) -> npt.NDArray[np.float64]:
    """``(N, 2)`` x and y of the pixels of a mask with a side neighbour outside it; beyond the array is outside."""
    padded = np.pad(mask, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1]
    inner &= padded[1:-1, :-2]
    inner &= padded[1:-1, 2:]
    y, x = np.divmod(np.flatnonzero(mask & ~inner), mask.shape[1])
    return np.stack([x, y], axis=1).astype(np.float64)


def _check_spacing(spacing_xy: SpacingXY) -> None:
    if not all(math.isfinite(step) and step > 0 for step in spacing_xy):
        raise InputError(f"Expected two positive numbers as spacing (x, y), but got {spacing_xy}.")


def _percentile_95(distances: npt.NDArray[np.float64]) -> float:
    """Interpolated between the neighbours in rank, as ``np.percentile`` does it with far more ado."""
    place = 0.95 * (distances.size - 1)
    lower = int(place)
    upper = min(lower + 1, distances.size - 1)
    ranked = np.partition(distances, (lower, upper))
    return float(ranked[lower] + (place - lower) * (ranked[upper] - ranked[lower]))
