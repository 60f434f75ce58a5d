"""Ellipses: of a mask's second moments, or fitted to points of an outline."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ultrasam.errors import InputError


@dataclass(frozen=True)
class Ellipse:
    """An ellipse, in pixels or in millimetres.

    Attributes:
        centre_xy: its centre; the first pixel's centre is ``(0, 0)``.
        major_axis: the full long axis (twice the semi-axis).
        minor_axis: the full short axis.
        angle_deg: from the x axis to the long axis, clockwise on the screen (y points down), in (-90, 90].
    """

    centre_xy: tuple[float, float]
    major_axis: float
    minor_axis: float
    angle_deg: float

    @property
    def circumference(self) -> float:
        """Length of the ellipse, exact to rounding; that of a fetal head is the head circumference.

        The complete elliptic integral of the second kind, by the arithmetic-geometric mean (Abramowitz and
        Stegun 1964, section 17.6).
        """
        a, b = self.major_axis / 2, self.minor_axis / 2
        if b == 0:
            return 4 * a
        rest, power = a * a - (a * a - b * b) / 2, 1.0
        # Each round doubles the number of correct digits.
        while a - b > 1e-15 * a:
            difference = (a - b) / 2
            rest -= power * difference**2
            a, b, power = (a + b) / 2, math.sqrt(a * b), 2 * power
        return 2 * math.pi * rest / a

    @classmethod
    def of_moments(cls, centre_xy: npt.ArrayLike, covariance: npt.ArrayLike) -> Ellipse:
        """Make the ellipse whose area has this centre and this covariance ``((xx, xy), (xy, yy))``."""
        variances, directions = np.linalg.eigh(np.asarray(covariance, np.float64))
        minor, major = 4 * np.sqrt(np.maximum(variances, 0))
        x, y = np.asarray(centre_xy, np.float64)
        return cls((float(x), float(y)), float(major), float(minor), _angle_deg(*directions[:, 1]))


def fit_ellipse(points_xy: npt.ArrayLike) -> Ellipse:
    """Fit an ellipse to points of an outline by least squares.

    For outlines that are given as such: points that were clicked, or the pixels of a drawn line, in the
    middle of which the ellipse then lies. The direct method of Fitzgibbon et al. (1999) in the numerically
    stable form of Halir and Flusser (1998).

    Args:
        points_xy: ``(N, 2)`` with N of 5 or more, in pixels or in mm (then the ellipse is in mm).

    Raises:
        InputError: the shape is wrong, a number is not finite, or no ellipse goes through such points.

    Example:
        >>> round(fit_ellipse([(3, 0), (-3, 0), (0, 2), (0, -2), (1.5, 3**0.5)]).major_axis, 6)
        6.0
    """
    points = np.asarray(points_xy, np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 5 or not np.isfinite(points).all():
        raise InputError(
            "Expected at least five finite points (x, y), of shape (N, 2), to fit an ellipse, "
            f"but got shape {points.shape}."
        )
    origin, scale = points.mean(axis=0), points.std()
    conic = _fit_conic((points - origin) / scale) if scale > 0 else None
    if conic is None:
        raise InputError(
            "Expected points around an ellipse, but no ellipse fits them: "
            "give five or more that do not lie on one or two lines."
        )
    a, b, c, d, e, f = conic
    # Centre and second moments of the conic a x² + b xy + c y² + d x + e y + f = 0.
    quadratic = np.array([[a, b / 2], [b / 2, c]])
    centre = np.linalg.solve(2 * quadratic, [-d, -e])
    level = centre @ quadratic @ centre - f
    covariance = np.linalg.inv(quadratic / level) / 4
    return Ellipse.of_moments(centre * scale + origin, covariance * scale**2)


def _fit_conic(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64] | None:
    """Six coefficients of the ellipse with the least algebraic distance, or None where there is none."""
    x, y = points.T
    quadratic = np.column_stack([x * x, x * y, y * y])
    linear = np.column_stack([x, y, np.ones_like(x)])
    if np.linalg.matrix_rank(np.column_stack([quadratic, linear])) < 5:
        return None
    to_linear = -np.linalg.solve(linear.T @ linear, linear.T @ quadratic)
    scatter = quadratic.T @ quadratic + (quadratic.T @ linear) @ to_linear
    # The constraint 4ac - b² = 1 makes it an ellipse.
    reduced = np.stack([scatter[2] / 2, -scatter[1], scatter[0] / 2])
    vectors = np.linalg.eig(reduced)[1].real
    constraint = 4 * vectors[0] * vectors[2] - vectors[1] ** 2
    if not (constraint > 0).any():
        return None
    coefficients = vectors[:, np.argmax(constraint)]
    return np.concatenate([coefficients, to_linear @ coefficients])


def _angle_deg(x: float, y: float) -> float:
    angle = math.degrees(math.atan2(y, x)) % 180
    return angle - 180 if angle > 90 else angle
