"""A user who corrects: the next click, given the answer so far."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ultrasam.errors import InputError
from ultrasam.extras import require
from ultrasam.prompting.points import interior_point
from ultrasam.prompting.region import occupied
from ultrasam.types import Mask, check_mask


@dataclass(frozen=True)
class Click:
    """One click on the image.

    Attributes:
        x: column of the pixel.
        y: row of the pixel.
        inside: whether it says "this belongs to the structure" (label 1) or "this does not" (label 0).
    """

    x: float
    y: float
    inside: bool


def corrective_click(truth: Mask, predicted: Mask) -> Click | None:
    """The click into the middle of what is most wrong.

    The 8-connected components of the missed pixels and of the wrongly added ones are the errors; the one with most
    pixels wins (of equal ones a missed one, then the one that begins uppermost, then leftmost), and the click is its
    :func:`interior_point` (the protocol of interactive segmentation: Xu et al. 2016, Deep interactive object
    selection; Sofiiuk et al. 2022, RITM).

    Args:
        truth: ``(H, W)`` bool.
        predicted: ``(H, W)`` bool; an empty one gives the first click. Either may be empty.

    Returns:
        The click; None where the masks are equal.

    Raises:
        InputError: the masks differ in shape, or are no bool arrays of two dimensions.

    Example:
        >>> truth = np.zeros((9, 9), bool)
        >>> truth[2:7, 1:6] = True
        >>> corrective_click(truth, np.zeros_like(truth))
        Click(x=3.0, y=4.0, inside=True)
    """
    check_mask(truth, "a true mask")
    check_mask(predicted, "a predicted mask")
    if truth.shape != predicted.shape:
        raise InputError(
            f"Expected a predicted mask of the true one's shape {truth.shape}, but got {predicted.shape}: "
            "give both in pixels of the same image."
        )
    different = truth != predicted
    if not different.any():
        return None
    rows, columns = occupied(different)
    different, truth = different[rows, columns], truth[rows, columns]
    missed, added = _largest_component(different & truth), _largest_component(different & ~truth)
    is_missed = bool(np.count_nonzero(missed) >= np.count_nonzero(added))
    x, y = interior_point(missed if is_missed else added)
    return Click(columns.start + x, rows.start + y, inside=is_missed)


def _largest_component(errors: Mask) -> Mask:
    """The 8-connected component with most pixels, ``(H, W)`` bool; empty where there are no errors."""
    ndimage = require("scipy.ndimage", needed_for="Simulated prompts")
    labels, count = ndimage.label(errors, np.ones((3, 3)))
    if not count:
        return errors
    largest: Mask = labels == 1 + np.bincount(labels.ravel())[1:].argmax()
    return largest
