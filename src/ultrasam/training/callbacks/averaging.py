"""The moving average of the weights, which is smoother than the weights of any one step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor


class WeightAverage(pl.Callback):
    """An exponential moving average of what is trained (Polyak & Juditsky 1992), in place during validation.

    Early on the average forgets faster, (1 + t) / (10 + t), so that it is not stuck at the start.

    Args:
        decay: share of the average that a step keeps; 0 follows the weights.
    """

    def __init__(self, decay: float) -> None:
        self._decay = decay
        self._steps = 0
        self._average: dict[str, Tensor] = {}
        self._own: dict[str, Tensor] = {}

    def on_fit_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Begin with the weights as they are, unless a former run's average was restored."""
        del trainer
        device = pl_module.device
        start = {name: parameter.detach().clone() for name, parameter in _trained(pl_module)}
        self._average = {name: self._average.get(name, value).to(device) for name, value in start.items()}

    @torch.no_grad()
    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Take in the weights after each optimiser step."""
        if trainer.global_step == self._steps:
            return
        self._steps = trainer.global_step
        decay = min(self._decay, (1 + self._steps) / (10 + self._steps))
        for name, parameter in _trained(pl_module):
            self._average[name].lerp_(parameter, 1 - decay)

    def on_validation_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Put the average in place."""
        self._swap_in(pl_module)

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Put the weights back that training goes on with."""
        self._swap_out(pl_module)

    @contextmanager
    def in_place(self, pl_module: pl.LightningModule) -> Iterator[None]:
        """Have the average in place for a while, whether it is or not."""
        if self._own or not self._average:
            yield
            return
        self._swap_in(pl_module)
        try:
            yield
        finally:
            self._swap_out(pl_module)

    def state_dict(self) -> dict[str, Any]:
        """The average and how many steps it has seen, for the checkpoint."""
        return {"steps": self._steps, "average": {name: value.cpu() for name, value in self._average.items()}}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore :meth:`state_dict`."""
        self._steps = int(state_dict["steps"])
        self._average = dict(state_dict["average"])

    def _swap_in(self, pl_module: pl.LightningModule) -> None:
        self._own = {name: parameter.detach().clone() for name, parameter in _trained(pl_module)}
        _put(pl_module, self._average)

    def _swap_out(self, pl_module: pl.LightningModule) -> None:
        _put(pl_module, self._own)
        self._own = {}


def _trained(module: pl.LightningModule) -> Iterator[tuple[str, torch.nn.Parameter]]:
    return ((name, parameter) for name, parameter in module.named_parameters() if parameter.requires_grad)


@torch.no_grad()
def _put(module: pl.LightningModule, values: dict[str, Tensor]) -> None:
    for name, parameter in _trained(module):
        parameter.copy_(values[name])
