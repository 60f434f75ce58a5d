"""Longest and shortest diameter of a mask: what a caliper around its convex hull would read."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ultrasam.measure.runs import Runs
from ultrasam.types import SpacingXY

Points = npt.NDArray[np.float64]


def convex_hull(runs: Runs) -> Points:
    """Corners ``(N, 2)`` of the convex hull of all pixels' edge midpoints, in order, as (x, y) in pixels.

    Edge midpoints, so that a structure n pixels wide measures n: centres would give n - 1, and corners would
    add half a diagonal in oblique directions. The first pixel's centre is ``(0, 0)``.
    """
    first = np.flatnonzero(np.diff(runs.rows, prepend=-1))
    last = np.append(first[1:], len(runs.rows)) - 1
    # Doubled, midpoints are whole numbers and the hull is exact.
    left, right, y = 2 * runs.starts[first] - 1, 2 * runs.stops[last] - 1, 2 * runs.rows[first]
    candidates = [(left, y), (right, y), *((x, y + side) for x in (left + 1, right - 1) for side in (-1, 1))]
    points = np.unique(np.concatenate([np.column_stack(pair) for pair in candidates]), axis=0)
    return np.array(_monotone_chain(points.tolist())) / 2


def longest_diameter(hull: Points, spacing: SpacingXY = (1.0, 1.0)) -> float:
    """Largest distance between two points of the hull (maximum Feret diameter), in units of ``spacing``."""
    corners = hull * spacing
    return max(float(np.hypot(*(corners - corner).T).max()) for corner in corners)


def shortest_diameter(hull: Points, spacing: SpacingXY = (1.0, 1.0)) -> float:
    """Smallest distance between two parallel lines that enclose the hull, in units of ``spacing``.

    One of the two lines lies along an edge of the hull (Shamos 1978), so all edges are tried.
    """
    corners = hull * spacing
    widths = []
    for start, along in zip(corners, np.roll(corners, -1, axis=0) - corners, strict=True):
        x, y = (corners - start).T
        widths.append(np.abs(along[0] * y - along[1] * x).max() / np.hypot(*along))
    return float(min(widths))


def _monotone_chain(points: list[list[int]]) -> list[list[int]]:
    """Convex hull of points sorted by x, then y (Andrew 1979)."""
    hull: list[list[int]] = []
    for ordered in (points, points[::-1]):
        half: list[list[int]] = []
        for x, y in ordered:
            while len(half) > 1:
                (ax, ay), (bx, by) = half[-2:]
                if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                    break
                half.pop()
            half.append([x, y])
        hull += half[:-1]
    return hull
