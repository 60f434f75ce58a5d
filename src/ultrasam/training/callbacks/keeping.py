"""What stays of a run: the checkpoint that it goes on from, and the best weights so far."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

import pytorch_lightning as pl

from ultrasam.training.callbacks.averaging import WeightAverage
from ultrasam.training.module import VAL_DICE, validation_values

log = logging.getLogger(__name__)

#: Is given the step and all validation values when the weights are the best so far, and writes them.
WriteBest = Callable[[int, dict[str, float]], None]


class KeepBest(pl.Callback):
    """Writes the weights whenever a validation is the best so far.

    Where nothing can be measured, as in validation images without any object, the latest weights are written: a run
    must not end without.

    Args:
        write: writes them.
        average: of the weights, which is what was validated; None: the weights themselves were.
        metric: name of the validation value that decides, the higher the better.
    """

    def __init__(self, write: WriteBest, average: WeightAverage | None, metric: str = VAL_DICE) -> None:
        self._write = write
        self._average = average
        self._metric = metric
        self.best = -math.inf
        self.best_step: int | None = None
        self.values: dict[str, float] = {}

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Compare and write; in one process, where all values are known."""
        values = validation_values(trainer)
        if not trainer.is_global_zero or self._metric not in values:
            return
        value = values[self._metric]
        if math.isnan(value) and self.best == -math.inf:
            log.warning("%s cannot be measured in the validation images: the latest weights are kept.", self._metric)
        elif value > self.best:
            self.best = value
        else:
            return
        self.best_step, self.values = trainer.global_step, values
        if self._average is None:
            self._write(trainer.global_step, values)
            return
        with self._average.in_place(pl_module):
            self._write(trainer.global_step, values)

    def state_dict(self) -> dict[str, Any]:
        """The best so far, for the checkpoint."""
        return {"best": self.best, "best_step": self.best_step, "values": self.values}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore :meth:`state_dict`."""
        self.best, self.best_step = state_dict["best"], state_dict["best_step"]
        self.values = state_dict["values"]


class KeepLast(pl.Callback):
    """Writes the checkpoint that a run goes on from: after each validation, by the clock, and where it ends in order.

    It is written under another name first, so that a run killed meanwhile still has the one before.

    Args:
        path: the file.
        every_s: seconds after which it is written between validations, too.
        validates_after: whether there is a validation after a step.
    """

    def __init__(self, path: Path, every_s: float, validates_after: Callable[[int], bool]) -> None:
        self._path = path
        self._every_s = every_s
        self._validates_after = validates_after
        self._step = self._saved_step = -1
        self._saved_at = monotonic()

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Begin to look at the clock."""
        self._step, self._saved_at = trainer.global_step, monotonic()

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Save when it is time, once the optimiser has stepped."""
        # A run does not make up for a validation whose step is saved before it: that step is saved after it.
        if trainer.global_step == self._step or self._validates_after(trainer.global_step):
            return
        self._step = trainer.global_step
        # All processes take part in saving.
        if trainer.strategy.reduce_boolean_decision(monotonic() - self._saved_at > self._every_s, all=False):
            self._save(trainer)

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Save, in the middle of training."""
        self._save(trainer)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Save at the end."""
        self._save(trainer)

    def _save(self, trainer: pl.Trainer) -> None:
        if trainer.global_step == self._saved_step:
            return
        temporary = self._path.with_name(f".partial-{self._path.name}")
        trainer.save_checkpoint(temporary)
        if trainer.is_global_zero:
            temporary.replace(self._path)
        self._saved_step, self._saved_at = trainer.global_step, monotonic()
