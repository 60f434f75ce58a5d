"""A mask as horizontal runs of pixels: what area, moments and components are counted from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ultrasam.types import Mask

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Runs:
    """Pixels ``mask[row, start:stop]`` that are all True, from top to bottom and left to right.

    Attributes:
        rows: ``(N,)`` int64.
        starts: ``(N,)`` int64, the first column.
        stops: ``(N,)`` int64, the column after the last.
    """

    rows: Indices
    starts: Indices
    stops: Indices

    @classmethod
    def of(cls, mask: Mask) -> Runs:
        """Find the runs of a mask ``(H, W)`` bool."""
        framed = np.pad(mask, ((0, 0), (1, 1)))
        changes = np.flatnonzero(framed[:, 1:] != framed[:, :-1])
        rows, columns = np.divmod(changes, mask.shape[1] + 1)
        # Every row begins and ends outside, so that its changes are in turn a start and a stop.
        return cls(rows[::2], columns[::2], columns[1::2])

    @property
    def lengths(self) -> Indices:
        """``(N,)`` int64: pixels in each run."""
        return self.stops - self.starts

    @property
    def area(self) -> int:
        """Number of pixels."""
        return int(self.lengths.sum())

    def moments(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Centroid and second central moments of the pixels' squares.

        Squares, not centres: a run of n pixels has the variance n² / 12 of a line of length n, a single pixel
        that of the unit square, and finer pixels change nothing.

        Returns:
            The centroid ``(x, y)`` in pixels, where the first pixel's centre is ``(0, 0)``, and the
            covariance ``((xx, xy), (xy, yy))`` in squared pixels.
        """
        lengths, middles = self.lengths, (self.starts + self.stops - 1) / 2
        centroid = np.array([np.average(middles, weights=lengths), np.average(self.rows, weights=lengths)])
        x, y = middles - centroid[0], self.rows - centroid[1]
        xx, xy, yy = (
            np.average(product, weights=lengths) for product in (x * x + lengths**2 / 12, x * y, y * y + 1 / 12)
        )
        return centroid, np.array([[xx, xy], [xy, yy]])

    def count_components(self) -> int:
        """Number of 8-connected components: pixels that touch at a corner belong together."""
        above, below = self._touching()
        parents = np.arange(len(self.rows))
        # Union of all touching pairs at once: each root takes the lowest root it touches, then paths are
        # halved until every run points at its root (after Shiloach and Vishkin 1982).
        while (parents[above] != parents[below]).any():
            lowest = np.minimum(parents[above], parents[below])
            np.minimum.at(parents, parents[above], lowest)
            np.minimum.at(parents, parents[below], lowest)
            while (parents != parents[parents]).any():
                parents = parents[parents]
        return int((parents == np.arange(len(parents))).sum())

    def _touching(self) -> tuple[Indices, Indices]:
        """Find the pairs of runs, ``(upper, lower)``, of neighbouring rows that share an edge or a corner."""
        row_step = int(self.stops.max(initial=0)) + 1
        next_row = (self.rows + 1) * row_step
        first = np.searchsorted(self.rows * row_step + self.stops, next_row + self.starts, side="left")
        after = np.searchsorted(self.rows * row_step + self.starts, next_row + self.stops, side="right")
        counts = after - first
        upper = np.repeat(np.arange(len(counts)), counts)
        within = np.arange(len(upper)) - np.repeat(np.cumsum(counts) - counts, counts)
        return upper, first[upper] + within
