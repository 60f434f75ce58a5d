"""How many clicks a good outline takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ultrasam.errors import InputError

#: Dice that a user may be content with.
THRESHOLDS = (0.8, 0.85, 0.9, 0.95)


@dataclass(frozen=True)
class ClickSummary:
    """Number of clicks (NoC) to a Dice, over many objects.

    Source: Sofiiuk et al. 2022, Reviving iterative training with mask guidance for interactive segmentation; there
    with IoU.

    Attributes:
        threshold: the Dice to be reached.
        mean_clicks: mean number of clicks; an object that never gets there counts with all its clicks.
        failures: share of such objects, 0 to 1.
    """

    threshold: float
    mean_clicks: float
    failures: float


def clicks_to_reach(dice_by_click: Sequence[float], threshold: float) -> int | None:
    """The first click, from 1, after which Dice is at least ``threshold``; None if none is.

    Example:
        >>> clicks_to_reach([0.6, 0.85, 0.83], 0.8)
        2
    """
    return next((click for click, dice in enumerate(dice_by_click, 1) if dice >= threshold), None)


def summarise_clicks(dice_by_click: npt.ArrayLike, thresholds: Sequence[float] = THRESHOLDS) -> list[ClickSummary]:
    """Number of clicks to each threshold.

    Args:
        dice_by_click: ``(N, K)`` Dice of N objects after each of K clicks.
        thresholds: Dice to be reached.

    Raises:
        InputError: there is no object or no click.
    """
    dice = np.asarray(dice_by_click, np.float64)
    if dice.ndim != 2 or not dice.size:
        raise InputError(f"Expected Dice of objects by clicks, of shape (N, K), but got {dice.shape}.")
    summaries = []
    for threshold in thresholds:
        reached = dice >= threshold
        failed = ~reached.any(axis=1)
        clicks = np.where(failed, dice.shape[1], reached.argmax(axis=1) + 1)
        summaries.append(ClickSummary(float(threshold), float(clicks.mean()), float(failed.mean())))
    return summaries
