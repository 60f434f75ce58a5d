"""The outline of a mask: the pixel edges between inside and outside, linked into closed contours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ultrasam.types import Mask, SpacingXY

#: A quadratic fitted to eleven neighbours, at the middle one (Savitzky and Golay 1964, table I).
_SMOOTHING = np.array([-36, 9, 44, 69, 84, 89, 84, 69, 44, 9, -36]) / 429
#: Contours of this many edges or fewer are measured as they are: eleven neighbours are most of them.
_TOO_SHORT_TO_SMOOTH = 16


@dataclass(frozen=True)
class Contour:
    """All closed contours of a mask, outer ones and those of holes, as a linked list of pixel edges.

    Attributes:
        midpoints_xy: ``(N, 2)`` float64, the middle of each edge between a pixel inside and one outside, in
            pixels, where the first pixel's centre is ``(0, 0)``.
        following: ``(N,)`` int64, the index of the next edge, walking with the inside on the right-hand side.
    """

    midpoints_xy: npt.NDArray[np.float64]
    following: npt.NDArray[np.int64]

    @classmethod
    def of(cls, mask: Mask) -> Contour:
        """Trace a mask ``(H, W)`` bool; what lies beyond its border counts as outside.

        Pixels that touch at a corner only are joined, as where components are counted.
        """
        corners, headings = _edges(mask)
        ends = corners + _STEPS[headings]
        row_step = mask.shape[1] + 1
        start_keys = corners @ np.array([1, row_step])
        end_keys = ends @ np.array([1, row_step])

        order = np.argsort(start_keys, kind="stable")
        place = np.searchsorted(start_keys[order], end_keys)
        following = order[place]
        # Where two diagonal neighbours meet, two edges leave the corner: a left turn joins the two.
        second = order[np.minimum(place + 1, len(order) - 1)]
        left_turn = (start_keys[second] == end_keys) & (headings[second] == (headings - 1) % 4)
        following[left_turn] = second[left_turn]
        return cls((corners + ends) / 2 - 0.5, following)

    def length(self, spacing: SpacingXY = (1.0, 1.0)) -> float:
        """Total length of the smoothed contours, in units of ``spacing`` ``(x, y)`` per pixel.

        Each edge's midpoint is replaced by a quadratic fit to itself and the five on either side, which takes
        the pixels' staircase away and keeps curvature; the polygon through the results is measured
        (Koplowitz and Bruckstein 1989, Design of perimeter estimators for digitized planar shapes). On
        average over discs this is within 3 % of the true circle from a radius of 2 pixels and within 0.4 %
        from 4 pixels (0.3 % too long for large ones); a sharp right angle loses 0.7 pixels.
        """
        smoothed = np.zeros_like(self.midpoints_xy)
        reached = np.arange(len(self.following))
        for weight in _SMOOTHING:
            smoothed += weight * self.midpoints_xy[reached]
            reached = self.following[reached]
        short = self._short()
        smoothed[short] = self.midpoints_xy[short]
        steps = (smoothed[self.following] - smoothed) * spacing
        return float(np.hypot(steps[:, 0], steps[:, 1]).sum())

    def _short(self) -> npt.NDArray[np.bool_]:
        start = np.arange(len(self.following))
        reached, returned = start, np.zeros(len(start), bool)
        for _ in range(_TOO_SHORT_TO_SMOOTH):
            reached = self.following[reached]
            returned |= reached == start
        return returned


#: Where an edge leads, by heading: right, down, left, up.
_STEPS = np.array([(1, 0), (0, 1), (-1, 0), (0, -1)])


def _edges(mask: Mask) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """First corner (x, y) ``(N, 2)`` and heading ``(N,)``; pixel (0, 0) has the corners (0, 0) to (1, 1)."""
    width = mask.shape[1]
    sides = np.pad(mask, ((0, 0), (1, 1)))
    y, x = np.divmod(np.flatnonzero(sides[:, 1:] != sides[:, :-1]), width + 1)
    # A left side is walked up, from its lower corner; a right side down.
    left = sides[y, x + 1]
    vertical = np.column_stack([x, y + left]), np.where(left, 3, 1)

    ends = np.pad(mask, ((1, 1), (0, 0)))
    y, x = np.divmod(np.flatnonzero(ends[1:] != ends[:-1]), width)
    # An upper side is walked to the right; a lower side to the left, from its right corner.
    upper = ends[y + 1, x]
    horizontal = np.column_stack([x + ~upper, y]), np.where(upper, 0, 2)
    return np.concatenate([vertical[0], horizontal[0]]), np.concatenate([vertical[1], horizontal[1]])
