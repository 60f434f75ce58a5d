"""The run's diary: losses and validations, line by line, and who is told of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor

from ultrasam.files import written_whole
from ultrasam.training.module import validation_values


@dataclass(frozen=True)
class Progress:
    """Where a run stands.

    Attributes:
        step: optimiser steps done.
        steps: of how many.
        images_per_second: over the last lines of the history, on all devices; 0 before the first.
        values: the latest losses and validation values.
        validated: whether a validation has just been made.
    """

    step: int
    steps: int
    images_per_second: float
    values: dict[str, float]
    validated: bool = False


OnProgress = Callable[[Progress], None]


class History(pl.Callback):
    """Writes ``history.jsonl``: a line every few steps, and one for each validation.

    A run that is taken up from a checkpoint first removes the lines of steps that it will make anew.

    Args:
        path: the file.
        every: steps between two lines.
        steps: of the whole run.
        images_per_step: on all devices.
        on_progress: is told after every step, in the first process.
    """

    def __init__(
        self, path: Path, every: int, steps: int, images_per_step: int, on_progress: OnProgress | None
    ) -> None:
        self._path = path
        self._every = every
        self._steps = steps
        self._images_per_step = images_per_step
        self._on_progress = on_progress
        self._last_step = 0
        self._since: tuple[int, float] = (0, 0.0)
        self._rate = 0.0
        self._batches: list[Tensor] = []
        self._losses: list[float] = []
        self._latest: dict[str, float] = {}

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Forget what a former run wrote after its checkpoint."""
        self._last_step = trainer.global_step
        self._since = (trainer.global_step, monotonic())
        if not trainer.is_global_zero or not self._path.exists():
            return
        lines = self._path.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if line.endswith("\n") and _step_of(line) <= trainer.global_step]
        if len(kept) != len(lines):
            with written_whole(self._path) as temporary:
                temporary.write_text("".join(kept), encoding="utf-8")

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Note the loss; write a line and tell of it when it is time."""
        self._batches.append(trainer.callback_metrics["train/loss"].detach())
        step = trainer.global_step
        if step == self._last_step:
            return
        self._last_step = step
        # Of all processes, which see equally many objects each.
        self._losses.append(float(trainer.strategy.reduce(torch.stack(self._batches).mean(), reduce_op="mean")))
        self._batches = []
        if step % self._every == 0:
            done, began = self._since
            self._rate = (step - done) * self._images_per_step / max(monotonic() - began, 1e-9)
            self._since = (step, monotonic())
            values = {
                "loss": sum(self._losses) / len(self._losses),
                "lr": max(group["lr"] for group in trainer.optimizers[0].param_groups),
                "images_per_second": self._rate,
            }
            self._losses = []
            self._latest |= values
            self._write(trainer, {"step": step, **values})
        self._tell(trainer)

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Write the validation's values."""
        values = validation_values(trainer)
        self._latest |= values
        self._write(trainer, {"step": trainer.global_step, **values})
        # Validation is no time of training.
        self._since = (self._last_step, monotonic())
        self._tell(trainer, validated=True)

    def state_dict(self) -> dict[str, Any]:
        """The losses since the last line, for the checkpoint."""
        return {"losses": list(self._losses)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore :meth:`state_dict`."""
        self._losses = list(state_dict["losses"])

    def _tell(self, trainer: pl.Trainer, *, validated: bool = False) -> None:
        if self._on_progress is not None and trainer.is_global_zero:
            self._on_progress(Progress(trainer.global_step, self._steps, self._rate, dict(self._latest), validated))

    def _write(self, trainer: pl.Trainer, line: dict[str, Any]) -> None:
        if trainer.is_global_zero:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")


def _step_of(line: str) -> float:
    """The step of a line; infinite where a kill cut it off."""
    try:
        return float(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return float("inf")
