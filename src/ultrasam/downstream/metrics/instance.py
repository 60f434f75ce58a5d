"""COCO's average precision of masks and the Dice of the objects found, with intervals by patient.

What COCO computes hangs on which prediction of an image is right, which no resample changes: so it is found once, and a
resample only weighs the images.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ultrasam.downstream.metrics.measured import Definitions, Measured, mean_of_classes
from ultrasam.errors import InputError
from ultrasam.evaluation.metrics.matching import assigned, ious
from ultrasam.evaluation.statistics.bootstrap import ratio
from ultrasam.evaluation.statistics.weighted import Weights
from ultrasam.types import Mask

_Floats = npt.NDArray[np.float64]

#: COCO's IoUs from which a prediction is right, its recalls at which precision is read, and how many masks it looks at.
IOUS = np.linspace(0.5, 0.95, 10)
_RECALLS = np.linspace(0, 1, 101)
_MOST = 100

#: Of each class; of all classes together, the mean over those that have objects.
BY_CLASS: Definitions = {
    "ap": ("AP", "COCO mask AP: mean over IoU 0.50 to 0.95"),
    "ap50": ("AP50", "COCO mask AP at IoU 0.50"),
    "ap75": ("AP75", "COCO mask AP at IoU 0.75"),
    "f1": ("F1", "objects found with IoU 0.50 or more, among the masks above the threshold of the score"),
    "dice": (
        "Dice",
        "of each object with its partner among these masks, 0 for an object without one; mean over objects",
    ),
}


@dataclass(frozen=True, eq=False)
class FoundInImage:
    """One class in one image.

    Attributes:
        scores: ``(P,)`` of the predictions, falling; at most 100, as COCO looks at them.
        right: ``(10, P)`` bool: whether each is right at each IoU, as COCO matches.
        kept: ``(P,)`` bool: whether its score is above the threshold at which masks are shown.
        dice: ``(T,)`` of each object with its partner among the kept masks; 0 without one.
        objects: T, how many there are.
    """

    scores: _Floats
    right: npt.NDArray[np.bool_]
    kept: npt.NDArray[np.bool_]
    dice: _Floats

    @property
    def objects(self) -> int:
        """How many there are."""
        return len(self.dice)

    @classmethod
    def of(
        cls, predicted: Sequence[Mask], scores: Sequence[float], truths: Sequence[Mask], *, min_score: float
    ) -> FoundInImage:
        """Match predictions with objects.

        As COCO does it: by falling score, each takes the free object of the largest IoU that suffices.

        Source: Lin et al. 2014, Microsoft COCO: Common objects in context; ``pycocotools.cocoeval``.

        Args:
            predicted: masks ``(H, W)`` bool.
            scores: of each, 0 to 1.
            truths: masks of the same size.
            min_score: of masks that are shown: only these count for F1 and Dice.

        Raises:
            InputError: there is not one score per mask, or masks differ in size.
        """
        if len(predicted) != len(scores):
            raise InputError(f"Expected one score for each of {len(predicted)} masks, but got {len(scores)}.")
        ranks = np.argsort(-np.asarray(scores, np.float64), kind="stable")[:_MOST]
        ranked = np.asarray(scores, np.float64)[ranks]
        overlaps = ious([predicted[i] for i in ranks], truths)
        right = np.stack([_greedy(overlaps, threshold) for threshold in IOUS])
        kept = ranked >= min_score
        partners = _partners(overlaps[kept])
        return cls(ranked, right, kept, 2 * partners / (1 + partners))


def validation_values(images: Sequence[Sequence[FoundInImage]]) -> dict[str, float]:
    """All numbers of :data:`BY_CLASS`, mean over the classes that have objects, without intervals; NaN without any.

    Args:
        images: N images with K classes each.

    Raises:
        InputError: there is no image, or their numbers of classes differ.
    """
    return measured(images).values()


def measured(images: Sequence[Sequence[FoundInImage]]) -> Measured:
    """The images, ready for intervals.

    Args:
        images: N images with K classes each.

    Raises:
        InputError: there is no image, or their numbers of classes differ.
    """
    tables = _tables(images)
    return Measured(
        BY_CLASS,
        BY_CLASS,
        lambda weights: np.stack([_values(table, weights) for table in tables], axis=2),
        lambda values, _: mean_of_classes(values),
        np.array([[found.objects > 0 for found in image] for image in images]),
    )


@dataclass(frozen=True, eq=False)
class _Table:
    """One class in all images, its predictions by falling score.

    Attributes:
        image: ``(D,)`` index of each prediction's image.
        right: ``(10, D)`` bool.
        kept: ``(D,)`` bool.
        objects: ``(N,)`` in each image.
        dice: ``(N,)`` sum over each image's objects.
    """

    image: npt.NDArray[np.int64]
    right: npt.NDArray[np.bool_]
    kept: npt.NDArray[np.bool_]
    objects: _Floats
    dice: _Floats


def _values(table: _Table, weights: Weights) -> _Floats:
    """``(b, M)`` the numbers of :data:`BY_CLASS` for ``(b, N)`` weights; NaN of a class without an object."""
    drawn = weights[:, table.image]
    called = np.cumsum(drawn, axis=1)
    objects = weights @ table.objects
    precisions = np.stack([_precision(drawn, called, right, objects) for right in table.right], axis=1)
    found = drawn @ (table.right[0] & table.kept).astype(np.float64)
    shown = drawn @ table.kept.astype(np.float64)
    f1 = np.where(objects > 0, ratio(2 * found, objects + shown), math.nan)
    dice = ratio(weights @ table.dice, objects)
    return np.stack([precisions.mean(axis=1), precisions[:, 0], precisions[:, 5], f1, dice], axis=1)


def _precision(drawn: Weights, called: _Floats, right: npt.NDArray[np.bool_], objects: _Floats) -> _Floats:
    """``(b,)`` mean of the interpolated precision at recalls 0, 0.01, … 1; NaN without an object.

    Only predictions that are right raise the recall, so the others are passed over.
    """
    hits = np.cumsum(drawn[:, right], axis=1)
    precision = np.divide(hits, called[:, right], out=np.zeros_like(hits), where=called[:, right] > 0)
    # Read at a recall, precision is the best that any higher recall has.
    precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    recall = np.divide(hits, objects[:, None], out=np.zeros_like(hits), where=objects[:, None] > 0)
    reached = np.searchsorted(_RECALLS, recall, side="right")
    mean = (precision * np.diff(reached, axis=1, prepend=0)).sum(axis=1) / len(_RECALLS)
    return np.where(objects > 0, mean, math.nan)


def _tables(images: Sequence[Sequence[FoundInImage]]) -> list[_Table]:
    if not images or len({len(image) for image in images}) != 1:
        counts = sorted({len(image) for image in images})
        raise InputError(
            f"Expected at least one image, all with the same classes, but got numbers of classes {counts}."
        )
    return [_table([image[place] for image in images]) for place in range(len(images[0]))]


def _table(of_class: Sequence[FoundInImage]) -> _Table:
    scores = np.concatenate([found.scores for found in of_class])
    order = np.argsort(-scores, kind="stable")
    image = np.repeat(np.arange(len(of_class)), [len(found.scores) for found in of_class])
    return _Table(
        image[order],
        np.concatenate([found.right for found in of_class], axis=1)[:, order],
        np.concatenate([found.kept for found in of_class])[order],
        np.array([found.objects for found in of_class], np.float64),
        np.array([found.dice.sum() for found in of_class]),
    )


def _greedy(overlaps: _Floats, threshold: float) -> npt.NDArray[np.bool_]:
    """``(P,)`` whether each prediction, in turn, finds a free object with at least this IoU."""
    right = np.zeros(len(overlaps), bool)
    if not overlaps.size:
        return right
    free = overlaps.copy()
    for place, row in enumerate(free):
        # Of equal IoUs the last, as pycocotools has it.
        best = len(row) - 1 - int(row[::-1].argmax())
        if row[best] >= min(threshold, 1 - 1e-10):
            right[place] = True
            free[:, best] = -1
    return right


def _partners(overlaps: _Floats) -> _Floats:
    """``(T,)`` IoU of each object with its partner, so that the sum is largest; 0 without one."""
    found = np.zeros(overlaps.shape[1])
    for _, truth, iou in assigned(overlaps):
        found[truth] = iou
    return found
