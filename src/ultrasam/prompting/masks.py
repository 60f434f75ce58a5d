"""Rough masks: what a hasty outline or a former answer looks like, too small or too large.

The disc's radius is a fraction of the radius of a disc as large as the structure, and at least one pixel.
"""

from __future__ import annotations

import math

import numpy as np

from ultrasam.errors import InputError
from ultrasam.prompting.region import occupied, squared_depths
from ultrasam.types import Mask, check_mask


def eroded(mask: Mask, fraction: float) -> Mask:
    """A mask that has lost all pixels within a radius of the outside, or else all but its deepest.

    The border of the image is no outline: a structure that the image cuts stays cut there. Where the radius would
    leave nothing, it is the largest that leaves something; so a line one or two pixels wide stays as it is.

    Args:
        mask: ``(H, W)`` bool.
        fraction: the radius, in radii of a disc of the mask's area; positive.

    Returns:
        ``(H, W)`` bool, within the mask and never empty.

    Raises:
        InputError: the mask is empty, or no bool array of two dimensions; the fraction is not positive.
    """
    radius = _radius(mask, fraction)
    # One pixel around the tight box is enough: of all pixels outside, the nearest is never farther away than that.
    crop = occupied(mask, margin=1)
    part = mask[crop]
    result = np.zeros_like(mask)
    if part.all():
        result[crop] = True
        return result
    depths = squared_depths(part)
    left = depths > radius * radius
    result[crop] = left if left.any() else depths == depths.max()
    return result


def dilated(mask: Mask, fraction: float) -> Mask:
    """A mask together with all pixels within a radius of it.

    Args:
        mask: ``(H, W)`` bool.
        fraction: the radius, in radii of a disc of the mask's area; positive.

    Returns:
        ``(H, W)`` bool, with the mask inside.

    Raises:
        InputError: the mask is empty, or no bool array of two dimensions; the fraction is not positive.
    """
    radius = _radius(mask, fraction)
    crop = occupied(mask, margin=math.floor(min(radius, max(mask.shape))))
    result = np.zeros_like(mask)
    result[crop] = squared_depths(~mask[crop]) <= radius * radius
    return result


def _radius(mask: Mask, fraction: float) -> float:
    check_mask(mask)
    if not (math.isfinite(fraction) and fraction > 0):
        raise InputError(f"Expected a positive fraction of the structure's radius, but got {fraction}.")
    return max(1.0, fraction * math.sqrt(np.count_nonzero(mask) / math.pi))
