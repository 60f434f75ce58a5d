"""Where someone would click to name a structure: its centre, its inmost pixel, any of its pixels."""

from __future__ import annotations

import numpy as np

from ultrasam.errors import InputError
from ultrasam.prompting.region import occupied, squared_depths
from ultrasam.types import Mask, PointsXY


def centre_point(mask: Mask) -> tuple[float, float]:
    """The centre of mass ``(x, y)`` of a mask's pixel indices.

    The point prompt of the UltraSam paper's tests (Meyer et al. 2025, doi:10.1007/s11548-025-03517-8). It lies outside
    a structure that is curved around it or comes in parts; nobody would click there.

    Args:
        mask: ``(H, W)`` bool.

    Raises:
        InputError: the mask is empty, or no bool array of two dimensions.

    Example:
        >>> centre_point(np.array([[True, True, False, False], [True, True, False, False]]))
        (0.5, 0.5)
    """
    rows, columns = occupied(mask)
    part = mask[rows, columns]
    per_column, per_row = part.sum(axis=0), part.sum(axis=1)
    area = int(per_row.sum())
    x = int(per_column @ np.arange(len(per_column))) / area
    y = int(per_row @ np.arange(len(per_row))) / area
    return columns.start + x, rows.start + y


def interior_point(mask: Mask) -> tuple[float, float]:
    """The pixel ``(x, y)`` of a mask that is farthest from its outline: where a person would click.

    The maximum of the Euclidean distance transform, where what lies beyond the image counts as outside. Of several
    equal maxima it is the one nearest to their mean, then the uppermost, then the leftmost.

    Args:
        mask: ``(H, W)`` bool.

    Raises:
        InputError: the mask is empty, or no bool array of two dimensions.

    Example:
        >>> interior_point(np.ones((5, 9), bool))
        (4.0, 2.0)
    """
    crop = occupied(mask)
    depths = squared_depths(np.pad(mask[crop], 1))
    deepest = np.argwhere(depths == depths.max())
    # Orders as the distance to the mean does, and is exact: whole numbers, the mean times their count.
    from_mean = (len(deepest) * deepest - 2 * deepest.sum(axis=0)) * deepest
    row, column = deepest[from_mean.sum(axis=1).argmin()] - 1
    return float(crop[1].start + column), float(crop[0].start + row)


def random_interior_points(mask: Mask, count: int, rng: np.random.Generator) -> PointsXY:
    """Random pixels of a mask, each as likely as any other.

    Args:
        mask: ``(H, W)`` bool.
        count: how many; none comes twice before each has come once.
        rng: where the randomness comes from.

    Returns:
        ``(count, 2)`` float32 pixels ``(x, y)``, in random order.

    Raises:
        InputError: the mask is empty, or no bool array of two dimensions; the count is not positive.
    """
    if count < 1:
        raise InputError(f"Expected a count of at least 1 point, but got {count}.")
    rows, columns = occupied(mask)
    part = mask[rows, columns]
    inside = np.flatnonzero(part)
    chosen = rng.choice(inside, min(count, inside.size), replace=False)
    y, x = np.divmod(np.resize(chosen, count), part.shape[1])
    return np.stack([columns.start + x, rows.start + y], axis=1).astype(np.float32)
