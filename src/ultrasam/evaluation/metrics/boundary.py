"""Boundary IoU: overlap of the outlines, which a large inside cannot hide."""

from __future__ import annotations

import math

from ultrasam.errors import InputError
from ultrasam.evaluation.metrics.overlap import iou
from ultrasam.types import Mask

#: Width of the band over the image's diagonal, as the paper has it for COCO.
DILATION_RATIO = 0.02


def boundary_iou(predicted: Mask, truth: Mask, dilation_ratio: float = DILATION_RATIO) -> float:
    """IoU of the bands along both outlines, 0 to 1; 1 where both masks are empty.

    Source: Cheng et al. 2021, Boundary IoU: Improving object-centric image segmentation evaluation.

    Args:
        predicted: ``(H, W)`` bool.
        truth: the same size.
        dilation_ratio: width of the band over the image's diagonal.

    Raises:
        InputError: the ratio is no positive number.
    """
    width = band_width(predicted.shape, dilation_ratio)
    return iou(band(predicted, width), band(truth, width))


def band_width(size_hw: tuple[int, ...], dilation_ratio: float = DILATION_RATIO) -> int:
    """Width in pixels of the band in an image of ``size_hw``; at least 1.

    Raises:
        InputError: the ratio is no positive number.
    """
    if not (math.isfinite(dilation_ratio) and dilation_ratio > 0):
        raise InputError(f"Expected a positive dilation_ratio, but got {dilation_ratio}: the paper's is 0.02.")
    return max(1, round(dilation_ratio * math.hypot(*size_hw)))


def band(mask: Mask, width: int) -> Mask:
    """The pixels of a mask that ``width`` erosions by a 3 x 3 square take away; beyond the array is outside."""
    inner = _whole_windows(_whole_windows(mask, 2 * width + 1).T, 2 * width + 1).T
    found: Mask = mask.copy()
    if inner.size:
        found[width:-width, width:-width] &= ~inner
    return found


def _whole_windows(mask: Mask, length: int) -> Mask:
    """``(H - length + 1, W)``: whether all of the ``length`` pixels from here downwards are inside.

    The window is doubled until it is long enough, so the work hardly grows with its length.
    """
    if length > len(mask):
        return mask[:0]
    reached = 1
    while reached < length:
        step = min(reached, length - reached)
        mask = mask[:-step] & mask[step:]
        reached += step
    return mask
