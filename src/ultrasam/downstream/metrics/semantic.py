"""Dice and IoU of classes of pixels, from counts of pixels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ultrasam.downstream.metrics.measured import Definitions, Measured, mean_of_classes
from ultrasam.errors import InputError
from ultrasam.evaluation.statistics.bootstrap import ratio
from ultrasam.evaluation.statistics.weighted import Weights

_Floats = npt.NDArray[np.float64]

#: Of all classes together, in the order of reports: title and definition.
OVERALL: Definitions = {
    "dice": ("Dice", "of each class in each image where it is or is found, mean over images, then over classes"),
    "miou": ("mIoU", "common pixels over the pixels of either, of all images together, mean over classes"),
}
#: Of each class.
BY_CLASS: Definitions = {
    "dice": ("Dice", "twice the common pixels over the sum of both areas, mean over images"),
    "iou": ("IoU", "common pixels over the pixels of either, of all images together"),
}


def overlap_counts(predicted: Tensor, truth: Tensor, *, classes: int, ignore: int = 255) -> Tensor:
    """Pixels of each class in common, predicted and true; nothing waits for the device.

    Args:
        predicted: ``(B, H, W)`` integers: 0 background, then the classes from 1.
        truth: the same; ``ignore`` where it is not known.
        classes: K, without the background.
        ignore: value of the truth for pixels that count for nothing.

    Returns:
        ``(B, K, 3)`` int64.
    """
    known = truth != ignore
    counts = []
    for number in range(1, classes + 1):
        found, wanted = (predicted == number) & known, truth == number
        counts.append(torch.stack([mask.flatten(1).sum(1) for mask in (found & wanted, found, wanted)], dim=1))
    return torch.stack(counts, dim=1)


def image_dice(counts: npt.ArrayLike) -> _Floats:
    """``(N, K)`` of counts ``(N, K, 3)``; NaN where a class is neither in the image nor found in it."""
    common, predicted, true = np.moveaxis(_checked(counts), -1, 0)
    return ratio(2 * common, predicted + true)


def validation_values(counts: npt.ArrayLike) -> dict[str, float]:
    """All numbers of :data:`OVERALL`, without intervals; NaN where no class is anywhere.

    Args:
        counts: ``(N, K, 3)`` of each image and class, as :func:`overlap_counts`.

    Raises:
        InputError: another shape.
    """
    return measured(counts).values()


def measured(counts: npt.ArrayLike) -> Measured:
    """The images, ready for intervals.

    Args:
        counts: ``(N, K, 3)`` of each image and class, as :func:`overlap_counts`.

    Raises:
        InputError: another shape.
    """
    table = _checked(counts)
    return Measured(
        OVERALL,
        BY_CLASS,
        lambda weights: class_values(table, weights),
        lambda values, _: mean_of_classes(values),
        np.greater(table[:, :, 1:].max(axis=2), 0),
    )


def class_values(counts: _Floats, weights: Weights) -> _Floats:
    """``(b, 2, K)`` the numbers of :data:`BY_CLASS` for ``(b, N)`` weights."""
    dice = image_dice(counts)
    defined = ~np.isnan(dice)
    mean = ratio(weights @ np.where(defined, dice, 0), weights @ defined.astype(np.float64))
    common, predicted, true = (weights @ counts[:, :, place] for place in range(3))
    return np.stack([mean, ratio(common, predicted + true - common)], axis=1)


def _checked(counts: npt.ArrayLike) -> _Floats:
    table = np.asarray(counts, np.float64)
    if table.ndim != 3 or table.shape[-1] != 3 or not table.size:
        raise InputError(f"Expected counts of shape (N, K, 3) of at least one image, but got {table.shape}.")
    return table
