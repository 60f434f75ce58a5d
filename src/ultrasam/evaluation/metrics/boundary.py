"""Boundary IoU (Cheng et al. 2021)."""

from __future__ import annotations

import math

import numpy as np

from ultrasam.evaluation.metrics.overlap import iou
from ultrasam.extras import require
from ultrasam.types import Mask


def boundary_iou(predicted: Mask, truth: Mask, dilation_ratio: float = 0.02) -> float:
    """IoU of the bands inside both outlines, ``dilation_ratio`` of the image's diagonal wide."""
    return banded_iou(predicted, truth, band_width(predicted.shape, dilation_ratio))


def band_width(size_hw: tuple[int, ...], dilation_ratio: float = 0.02) -> int:
    """Width of the band in pixels, at least 1."""
    return max(1, round(dilation_ratio * math.hypot(*size_hw)))


def banded_iou(predicted: Mask, truth: Mask, width: int) -> float:
    """IoU of the bands of ``width`` pixels."""
    return iou(band(predicted, width), band(truth, width))


def band(mask: Mask, width: int) -> Mask:
    """The pixels of a mask that ``width`` erosions by a 3 x 3 square take away; beyond the border is outside."""
    ndimage = require("scipy.ndimage", needed_for="Surface metrics")
    eroded = mask.view(np.uint8)
    for axis in (0, 1):
        eroded = ndimage.minimum_filter1d(eroded, 2 * width + 1, axis=axis, mode="constant", cval=0)
    inside: Mask = mask & (eroded == 0)
    return inside
