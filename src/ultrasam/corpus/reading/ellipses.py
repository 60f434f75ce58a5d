"""The ellipse through points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ultrasam.extras import require
from ultrasam.types import Mask

_Numbers: TypeAlias = npt.NDArray[np.float64]
#: An ellipse has five unknowns.
_FEWEST = 6
#: ``4 a c - b²``, with a to c of length 1, of what is a line rather than an ellipse.
_FLATTEST = 1e-6


@dataclass(frozen=True, eq=False)
class Ellipse:
    """The points where ``a u² + b u v + c v² + d u + e v + f = 0``; inside it is negative.

    Attributes:
        coefficients: a to f.
        centre_xy: where u and v are 0, in pixels; (0, 0) is the centre of the first one.
        scale: pixels per unit of u and v.
    """

    coefficients: _Numbers
    centre_xy: _Numbers
    scale: float

    def mask(self, size_hw: tuple[int, int], margin: float = 0.0) -> Mask:
        """Pixels ``(H, W)`` bool whose centres are inside, or outside by up to a margin of some pixels.

        What is outside the image is cut off.
        """
        rows, columns = np.indices(size_hw)
        value, slope = self._values(columns, rows)
        return np.asarray(value * self.scale <= margin * slope)

    def distances(self, points_xy: npt.NDArray[Any]) -> _Numbers:
        """How far points ``(N, 2)`` are from it, in pixels; to first order, so for points near it."""
        value, slope = self._values(points_xy[:, 0], points_xy[:, 1])
        return np.asarray(np.abs(value) / np.maximum(slope, 1e-12) * self.scale)

    def _values(self, x: npt.NDArray[Any], y: npt.NDArray[Any]) -> tuple[_Numbers, _Numbers]:
        u, v = (x - self.centre_xy[0]) / self.scale, (y - self.centre_xy[1]) / self.scale
        return _values(self.coefficients, u, v)


def fit_ellipse(points_xy: npt.NDArray[Any]) -> Ellipse | None:
    """The ellipse through points ``(N, 2)``, of a part of it too; None where they lie on a line or are too few.

    The direct least squares fit (Fitzgibbon et al., IEEE TPAMI 21(5), 1999, in the stable form of Halir and Flusser,
    WSCG 1998) makes ellipses of short arcs too small; it is where the fit to the distances in pixels, to first order
    (Sampson, Computer Graphics and Image Processing 18, 1982), begins.
    """
    if len(points_xy) < _FEWEST:
        return None
    points = np.asarray(points_xy, dtype=np.float64)
    centre = points.mean(axis=0)
    scale = float(np.abs(points - centre).max()) or 1.0
    u, v = ((points - centre) / scale).T
    start = _direct_fit(u, v)
    if start is None:
        return None
    optimize = require("scipy.optimize", needed_for="Outlines")

    def distances(coefficients: _Numbers) -> _Numbers:
        value, slope = _values(coefficients, u, v)
        return value / np.maximum(slope, 1e-12)

    refined = optimize.least_squares(distances, start, method="lm", max_nfev=200).x
    refined = refined / np.linalg.norm(refined[:3]) * np.sign(refined[0])
    return Ellipse(refined if _is_ellipse(refined) else start, centre, scale)


def _direct_fit(u: _Numbers, v: _Numbers) -> _Numbers | None:
    squares = np.stack([u * u, u * v, v * v], axis=1)
    lines = np.stack([u, v, np.ones_like(u)], axis=1)
    try:
        reduction = -np.linalg.solve(lines.T @ lines, lines.T @ squares)
        reduced = squares.T @ squares + squares.T @ lines @ reduction
        _, vectors = np.linalg.eig(np.stack([reduced[2] / 2, -reduced[1], reduced[0] / 2]))
    except np.linalg.LinAlgError:
        return None
    quadratic = next((vector for vector in np.real(vectors).T if _is_ellipse(vector)), None)
    if quadratic is None:
        return None
    quadratic = quadratic * np.sign(quadratic[0])
    return np.concatenate([quadratic, reduction @ quadratic])


def _is_ellipse(coefficients: _Numbers) -> bool:
    a, b, c = coefficients[:3]
    return bool(4 * a * c - b * b > _FLATTEST)


def _values(coefficients: _Numbers, u: npt.NDArray[Any], v: npt.NDArray[Any]) -> tuple[_Numbers, _Numbers]:
    """The left side of the equation, and how steep it is."""
    a, b, c, d, e, f = coefficients
    value = (a * u + b * v + d) * u + (c * v + e) * v + f
    return value, np.hypot(2 * a * u + b * v + d, b * u + 2 * c * v + e)
