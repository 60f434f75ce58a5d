"""A run ends when validations have not become better for a while."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl

from ultrasam.training.callbacks.keeping import KeepBest


class Patience(pl.Callback):
    """Ends a run after some validations in a row of which none was the best so far; to be called after ``best``.

    Args:
        validations: how many; 0 never ends it.
        best: knows the best so far.

    Attributes:
        is_over: whether the run has been ended so. It is complete then, however many steps it was given.
    """

    def __init__(self, validations: int, best: KeepBest) -> None:
        self._validations = validations
        self._best = best
        self._in_vain = 0
        self.is_over = False

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Count; all processes end alike, as the first decides."""
        self._in_vain = 0 if self._best.best_step == trainer.global_step else self._in_vain + 1
        is_over = trainer.is_global_zero and 0 < self._validations <= self._in_vain
        if trainer.strategy.reduce_boolean_decision(is_over, all=False):
            self.is_over = True
            # As if the run had no more steps; after ``should_stop`` Lightning would validate once more.
            trainer.fit_loop.epoch_loop.max_steps = trainer.global_step

    def state_dict(self) -> dict[str, Any]:
        """How many were in vain, for the checkpoint."""
        return {"in_vain": self._in_vain, "is_over": self.is_over}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore :meth:`state_dict`."""
        self._in_vain, self.is_over = int(state_dict["in_vain"]), bool(state_dict["is_over"])
