"""Distances between the surfaces of two masks. Definitions are MONAI's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ultrasam.extras import require
from ultrasam.types import Mask, SpacingXY


@dataclass(frozen=True, eq=False)
class SurfaceDistances:
    """Distances from each surface pixel of one mask to the nearest of the other.

    Attributes:
        to_truth: ``(P,)`` from the prediction.
        to_predicted: ``(T,)`` from the truth.
        worst: what a distance is where one mask is empty: the image's diagonal.
    """

    to_truth: npt.NDArray[np.float64]
    to_predicted: npt.NDArray[np.float64]
    worst: float

    @classmethod
    def between(cls, predicted: Mask, truth: Mask, spacing_xy: SpacingXY = (1.0, 1.0)) -> SurfaceDistances:
        """Of two masks ``(H, W)``, in units of ``spacing_xy`` ``(x, y)`` per pixel."""
        worst = float(np.hypot(predicted.shape[1] * spacing_xy[0], predicted.shape[0] * spacing_xy[1]))
        surfaces = [surface_xy(mask) * spacing_xy for mask in (predicted, truth)]
        if not all(len(surface) for surface in surfaces):
            return cls(*(np.full(len(surface), worst) for surface in surfaces), worst)
        tree = require("scipy.spatial", needed_for="Surface metrics").cKDTree
        first, second = surfaces
        return cls(tree(second).query(first)[0], tree(first).query(second)[0], worst)

    @property
    def hd95(self) -> float:
        """The larger of the two directed 95th percentiles."""
        if not self._comparable:
            return self._degenerate
        return float(max(np.percentile(self.to_truth, 95), np.percentile(self.to_predicted, 95)))

    @property
    def assd(self) -> float:
        """Mean of all distances, both directions together."""
        if not self._comparable:
            return self._degenerate
        total = len(self.to_truth) + len(self.to_predicted)
        return float((self.to_truth.sum() + self.to_predicted.sum()) / total)

    def normalised_dice(self, tolerance: float) -> float:
        """Share of both surfaces that lies within ``tolerance`` of the other."""
        if not self._comparable:
            return 0.0 if self._degenerate else 1.0
        near = np.count_nonzero(self.to_truth <= tolerance) + np.count_nonzero(self.to_predicted <= tolerance)
        return near / (len(self.to_truth) + len(self.to_predicted))

    @property
    def _comparable(self) -> bool:
        return bool(len(self.to_truth) and len(self.to_predicted))

    @property
    def _degenerate(self) -> float:
        return self.worst if len(self.to_truth) or len(self.to_predicted) else 0.0


def surface_xy(mask: Mask) -> npt.NDArray[np.int64]:
    """``(N, 2)`` x and y of the pixels with a side neighbour outside the mask or the image."""
    padded = np.pad(mask, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return np.argwhere(mask & ~inner)[:, ::-1]
