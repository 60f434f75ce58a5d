"""Overlap of two masks, in pixels."""

from __future__ import annotations

import math

import numpy as np

from ultrasam.types import Mask


def dice(predicted: Mask, truth: Mask) -> float:
    """Twice the common pixels over the sum of both areas, 0 to 1; 1 where both masks are empty.

    Source: Dice 1945, Measures of the amount of ecologic association between species.
    """
    areas = int(np.count_nonzero(predicted)) + int(np.count_nonzero(truth))
    return 2 * int(np.count_nonzero(predicted & truth)) / areas if areas else 1.0


def iou(predicted: Mask, truth: Mask) -> float:
    """Common pixels over the pixels of either mask, 0 to 1; 1 where both masks are empty.

    Source: Jaccard 1912, The distribution of the flora in the alpine zone.
    """
    union = int(np.count_nonzero(predicted | truth))
    return int(np.count_nonzero(predicted & truth)) / union if union else 1.0


def area_error(predicted: Mask, truth: Mask) -> float:
    """``(predicted - true) / true`` area: -1 of an empty prediction, 0 where the areas are equal, no upper bound.

    0 where both masks are empty, infinite where only the truth is.
    """
    area, true = int(np.count_nonzero(predicted)), int(np.count_nonzero(truth))
    if not true:
        return math.inf if area else 0.0
    return (area - true) / true
