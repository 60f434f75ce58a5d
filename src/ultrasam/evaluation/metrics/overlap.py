"""Overlap of two masks, in pixels."""

from __future__ import annotations

import math

import numpy as np

from ultrasam.types import Mask


def dice(predicted: Mask, truth: Mask) -> float:
    """Twice the common pixels over the sum of both areas (Dice 1945); 1 where both masks are empty."""
    areas = np.count_nonzero(predicted) + np.count_nonzero(truth)
    return 2 * np.count_nonzero(predicted & truth) / areas if areas else 1.0


def iou(predicted: Mask, truth: Mask) -> float:
    """Common pixels over the pixels of either (Jaccard 1912); 1 where both masks are empty."""
    union = np.count_nonzero(predicted | truth)
    return np.count_nonzero(predicted & truth) / union if union else 1.0


def area_error(predicted: Mask, truth: Mask) -> float:
    """``(predicted - true) / true`` area, signed; infinite where only the truth is empty."""
    area, true = np.count_nonzero(predicted), np.count_nonzero(truth)
    if not true:
        return math.inf if area else 0.0
    return (area - true) / true
