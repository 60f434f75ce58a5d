"""Boxes that are wrong in a known way: jittered, shifted, scaled.

All of them are clipped to the image, so that a box at the image's border moves or grows less than asked; none is ever
narrower than one pixel.
"""

from __future__ import annotations

import math

import numpy as np

from ultrasam.errors import InputError
from ultrasam.prompting.region import occupied
from ultrasam.types import BoxXYXY, Mask

#: From here on, a jittered box's sides could pass one another.
_LARGEST_JITTER = 0.5


def exact_box(mask: Mask) -> BoxXYXY:
    """The tight box of a mask.

    Args:
        mask: ``(H, W)`` bool.

    Raises:
        InputError: the mask is empty, or no bool array of two dimensions.
    """
    rows, columns = occupied(mask)
    return float(columns.start), float(rows.start), float(columns.stop), float(rows.stop)


def jittered_box(box_xyxy: BoxXYXY, fraction: float, size_hw: tuple[int, int], rng: np.random.Generator) -> BoxXYXY:
    """A box whose four sides have moved independently, each uniformly by up to ``fraction`` of the box's extent.

    That is, x0 and x1 by up to ``fraction`` of the width, y0 and y1 of the height, in either direction. UltraSam
    (Meyer et al. 2025) was trained with boxes of this kind, at 5 %.

    Args:
        box_xyxy: ``(x0, y0, x1, y1)`` in pixels, x1 and y1 exclusive.
        fraction: from 0 to 0.5.
        size_hw: height and width of the image.
        rng: where the randomness comes from.

    Raises:
        InputError: the box has no area, or the fraction or the image's size is out of bounds.
    """
    _check_fraction(fraction, _LARGEST_JITTER)
    width, height = _sides(box_xyxy)
    moves = rng.uniform(-fraction, fraction, 4) * (width, height, width, height)
    x0, y0, x1, y1 = (float(value) for value in np.asarray(box_xyxy, np.float64) + moves)
    return _clipped((x0, y0, x1, y1), size_hw)


def shifted_box(box_xyxy: BoxXYXY, fraction: float, size_hw: tuple[int, int], rng: np.random.Generator) -> BoxXYXY:
    """A box moved by exactly ``fraction`` of its width in x and of its height in y.

    The two signs are random, so that it goes one of four diagonal ways, each as likely as the others.

    Args:
        box_xyxy: ``(x0, y0, x1, y1)`` in pixels, x1 and y1 exclusive.
        fraction: from 0 to 1.
        size_hw: height and width of the image.
        rng: where the randomness comes from.

    Raises:
        InputError: the box has no area, or the fraction or the image's size is out of bounds.
    """
    _check_fraction(fraction, 1)
    width, height = _sides(box_xyxy)
    right, down = (float(sign) for sign in rng.choice((-1.0, 1.0), 2))
    x, y = right * fraction * width, down * fraction * height
    x0, y0, x1, y1 = box_xyxy
    return _clipped((x0 + x, y0 + y, x1 + x, y1 + y), size_hw)


def scaled_box(box_xyxy: BoxXYXY, factor: float, size_hw: tuple[int, int]) -> BoxXYXY:
    """A box about the same centre with ``factor`` times the width and height.

    Args:
        box_xyxy: ``(x0, y0, x1, y1)`` in pixels, x1 and y1 exclusive.
        factor: 0.85 for a box that is too tight by 15 %, 1.15 for one that is too wide.
        size_hw: height and width of the image.

    Raises:
        InputError: the box has no area, or the factor or the image's size is out of bounds.

    Example:
        >>> scaled_box((20, 40, 60, 60), 1.5, size_hw=(100, 100))
        (10.0, 35.0, 70.0, 65.0)
    """
    if not (math.isfinite(factor) and factor > 0):
        raise InputError(f"Expected a positive factor to scale a box by, but got {factor}.")
    x, y = ((factor - 1) / 2 * side for side in _sides(box_xyxy))
    x0, y0, x1, y1 = box_xyxy
    return _clipped((x0 - x, y0 - y, x1 + x, y1 + y), size_hw)


def _check_fraction(fraction: float, largest: float) -> None:
    if not 0 <= fraction <= largest:
        raise InputError(f"Expected a fraction of the box's sides from 0 to {largest:g}, but got {fraction}.")


def _sides(box_xyxy: BoxXYXY) -> tuple[float, float]:
    """Width and height of a box, which is checked."""
    x0, y0, x1, y1 = box_xyxy
    if not (x0 < x1 and y0 < y1 and all(map(math.isfinite, box_xyxy))):
        raise InputError(f"Expected a box (x0, y0, x1, y1) with x0 < x1 and y0 < y1, but got {tuple(box_xyxy)}.")
    return x1 - x0, y1 - y0


def _clipped(box_xyxy: BoxXYXY, size_hw: tuple[int, int]) -> BoxXYXY:
    height, width = size_hw
    if height < 1 or width < 1:
        raise InputError(f"Expected an image of at least 1 x 1 pixels, but got {height} x {width} (rows x columns).")
    x0, y0, x1, y1 = box_xyxy
    x0, x1 = _clipped_side(x0, x1, width)
    y0, y1 = _clipped_side(y0, y1, height)
    return x0, y0, x1, y1


def _clipped_side(start: float, stop: float, length: int) -> tuple[float, float]:
    start, stop = (min(max(float(end), 0.0), float(length)) for end in (start, stop))
    if stop - start >= 1:
        return start, stop
    start = min(max((start + stop - 1) / 2, 0.0), length - 1.0)
    return start, start + 1
