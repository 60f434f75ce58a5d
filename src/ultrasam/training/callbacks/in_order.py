"""The callbacks of a run, in the one order in which they do not disturb each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytorch_lightning as pl

from ultrasam.training.callbacks.averaging import WeightAverage
from ultrasam.training.callbacks.history import History, OnProgress
from ultrasam.training.callbacks.keeping import KeepBest, KeepLast
from ultrasam.training.callbacks.last_validation import LastValidation
from ultrasam.training.callbacks.stopping import Stop
from ultrasam.training.recipe import RunSettings
from ultrasam.training.run_folder import HISTORY, LAST


def in_order(
    folder: Path,
    run: RunSettings,
    images: int,
    *,
    average: WeightAverage | None,
    best: KeepBest,
    stop: Stop,
    also: Sequence[pl.Callback] = (),
    on_progress: OnProgress | None = None,
) -> list[pl.Callback]:
    """All callbacks of a run.

    The average is put in place first and taken away before anything is written that is not the average's; the
    checkpoint is written when all others know of the step.

    Args:
        folder: of the run.
        run: steps, validations, devices.
        images: of a batch on each device.
        average: of the weights, where one is kept.
        best: writes the best weights.
        stop: ends the run.
        also: what this kind of run has besides; it may look at ``best``.
        on_progress: is told after each step.
    """
    images_per_step = images * run.accumulate * run.devices * run.nodes
    return [
        *([average] if average else []),
        History(folder / HISTORY, run.log_every, run.steps, images_per_step, on_progress),
        best,
        *also,
        LastValidation(run.steps),
        KeepLast(folder / LAST, 60 * run.save_every_minutes, run.validates_after),
        stop,
    ]
