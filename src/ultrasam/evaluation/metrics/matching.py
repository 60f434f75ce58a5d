"""A set of predicted masks against a set of true ones: which belongs to which."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ultrasam.errors import InputError
from ultrasam.extras import require
from ultrasam.imaging.tight_box import tight_box
from ultrasam.types import Mask


@dataclass(frozen=True)
class Matching:
    """Which predicted mask of one image belongs to which true one.

    Attributes:
        pairs: ``(index of the prediction, index of the truth, their IoU)``, by prediction; the IoU is above 0.
        unmatched_predictions: indices.
        unmatched_truths: indices.
    """

    pairs: tuple[tuple[int, int, float], ...]
    unmatched_predictions: tuple[int, ...]
    unmatched_truths: tuple[int, ...]


@dataclass(frozen=True)
class DetectionScores:
    """How many objects were found, over many images.

    Attributes:
        precision: share of the predictions that are right; 0 where there is none but objects are.
        recall: share of the objects that were found; 0 where there is none but predictions are.
        f1: harmonic mean of the two.
    """

    precision: float
    recall: float
    f1: float


def match(predicted: Sequence[Mask], truths: Sequence[Mask]) -> Matching:
    """Give each predicted mask at most one true one, so that the sum of IoUs is as large as it can be.

    Source: Kuhn 1955, The Hungarian method for the assignment problem; ``scipy.optimize.linear_sum_assignment``.

    Args:
        predicted: masks ``(H, W)`` bool of one image.
        truths: masks of the same size.

    Raises:
        InputError: the masks differ in size.
    """
    sizes = {mask.shape for mask in (*predicted, *truths)}
    if len(sizes) > 1:
        raise InputError(f"Expected masks of one size, but got {sorted(sizes)}.")
    pairs = assigned(ious(predicted, truths))
    matched = [{pair[side] for pair in pairs} for side in (0, 1)]
    return Matching(
        pairs,
        tuple(i for i in range(len(predicted)) if i not in matched[0]),
        tuple(i for i in range(len(truths)) if i not in matched[1]),
    )


def precision_recall_f1(matchings: Iterable[Matching], iou_threshold: float = 0.5) -> DetectionScores:
    """Pool images: a prediction is right if its IoU with its partner is ``iou_threshold`` or more.

    Without any object and any prediction all three are 1.
    """
    right, wrong, missed = _counts(matchings, lambda iou: iou >= iou_threshold)
    if not right + wrong + missed:
        return DetectionScores(1.0, 1.0, 1.0)
    precision, recall = (len_right / max(len_right + rest, 1) for len_right, rest in ((right, wrong), (right, missed)))
    return DetectionScores(precision, recall, 2 * right / (2 * right + wrong + missed))


def panoptic_quality(matchings: Iterable[Matching]) -> float:
    """Mean IoU of the pairs above 0.5 times their F1, pooled over images; 1 without any object and prediction.

    Source: Kirillov et al. 2019, Panoptic segmentation.
    """
    matchings = tuple(matchings)
    right, wrong, missed = _counts(matchings, lambda iou: iou > 0.5)
    if not right + wrong + missed:
        return 1.0
    total = sum(iou for matching in matchings for _, _, iou in matching.pairs if iou > 0.5)
    return total / (right + (wrong + missed) / 2)


def assigned(overlaps: npt.NDArray[np.float64]) -> tuple[tuple[int, int, float], ...]:
    """The pairs of :class:`Matching` out of IoUs ``(P, T)``."""
    assign = require("scipy.optimize", needed_for="Matched predictions").linear_sum_assignment
    pairs = zip(*assign(overlaps, maximize=True), strict=True)
    return tuple((int(p), int(t), float(overlaps[p, t])) for p, t in pairs if overlaps[p, t] > 0)


def ious(predicted: Sequence[Mask], truths: Sequence[Mask]) -> npt.NDArray[np.float64]:
    """``(P, T)``; 0 where a mask is empty. Only the common part of two boxes is looked at.

    Args:
        predicted: masks ``(H, W)`` bool of one image.
        truths: masks of the same size.
    """
    boxes = [[tight_box(mask) for mask in masks] for masks in (predicted, truths)]
    areas = [[np.count_nonzero(mask) for mask in masks] for masks in (predicted, truths)]
    found = np.zeros((len(predicted), len(truths)))
    for p, box in enumerate(boxes[0]):
        for t, other in enumerate(boxes[1]):
            if box is None or other is None:
                continue
            x0, y0, x1, y1 = (*map(max, box[:2], other[:2]), *map(min, box[2:], other[2:]))
            if x0 < x1 and y0 < y1:
                common = np.count_nonzero(predicted[p][y0:y1, x0:x1] & truths[t][y0:y1, x0:x1])
                found[p, t] = common / (areas[0][p] + areas[1][t] - common)
    return found


def _counts(matchings: Iterable[Matching], is_right: Callable[[float], bool]) -> tuple[int, int, int]:
    """True positives, false positives and false negatives."""
    right = wrong = missed = 0
    for matching in matchings:
        good = sum(is_right(iou) for _, _, iou in matching.pairs)
        bad = len(matching.pairs) - good
        right += good
        wrong += bad + len(matching.unmatched_predictions)
        missed += bad + len(matching.unmatched_truths)
    return right, wrong, missed
