"""What every run has in common as Lightning sees it: the optimiser, the checkpoint's content, numbers that are none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch

from ultrasam.errors import TrainingError
from ultrasam.modeling.sam import Sam
from ultrasam.training.parameter_groups import parameter_groups
from ultrasam.training.recipe import OptimiserSettings
from ultrasam.training.run_folder import BROKEN
from ultrasam.training.trainable import keep_batch_norm_fixed


class NetworkModule(pl.LightningModule):
    """A network in training; what it is asked and what an answer costs is said by its kinds.

    Args:
        network: with what is trained requiring gradients.
        optimiser: how weights change.
        steps: of the whole run.
        folder: where a batch is saved that breaks the training.
        head_lr_factor: learning rate of the network's head, where it has one, in shares of the others'.
    """

    def __init__(
        self, network: Sam, optimiser: OptimiserSettings, steps: int, folder: Path, *, head_lr_factor: float = 1.0
    ) -> None:
        super().__init__()
        self.network = network
        self._optimiser = optimiser
        self._steps = steps
        self._folder = folder
        self._head_lr_factor = head_lr_factor
        self._batches: list[Any] = []
        self._step_of_batches = -1

    def facts(self, batch: Any) -> dict[str, Any]:
        """What is saved of a batch that breaks the training: ``names`` of its images, and whatever helps."""
        raise NotImplementedError

    def train(self, mode: bool = True) -> NetworkModule:
        """As every module; batch normalisation keeps its statistics, as batches of ultrasound are small."""
        super().train(mode)
        keep_batch_norm_fixed(self.network)
        return self

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        """Remember the batches of a step: any of them may break its gradient."""
        del batch_idx
        if self._step_of_batches != self.global_step:
            self._step_of_batches, self._batches = self.global_step, []
        self._batches.append(batch)

    def configure_gradient_clipping(
        self,
        optimizer: torch.optim.Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Bound the gradient's norm, and end before a step that would leave no number in the weights."""
        del gradient_clip_val, gradient_clip_algorithm
        parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        norm = torch.nn.utils.clip_grad_norm_(parameters, self._optimiser.clip or math.inf)
        if not torch.isfinite(norm):
            raise TrainingError(self.not_finite(self._batches, "gradient", float(norm)))

    def configure_optimizers(self) -> Any:
        """AdamW over the groups of parameters, and the schedule, step by step."""
        settings = self._optimiser
        groups = parameter_groups(
            self.network,
            lr=settings.lr,
            weight_decay=settings.weight_decay,
            layer_decay=settings.layer_decay,
            encoder_lr_factor=settings.encoder_lr_factor,
            head_lr_factor=self._head_lr_factor,
        )
        optimiser = torch.optim.AdamW(groups, lr=settings.lr, betas=settings.betas)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimiser, lambda step: learning_rate_factor(step, self._steps, settings)
        )
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Leave out what is never trained: it is that of the first weights."""
        trained = self._trained()
        state = checkpoint["state_dict"]
        checkpoint["state_dict"] = {name: value for name, value in state.items() if name in trained}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take what was left out from the first weights.

        Raises:
            TrainingError: something is missing that is trained.
        """
        trained, state = self._trained(), checkpoint["state_dict"]
        missing = sorted(trained - state.keys())
        if missing:
            raise TrainingError(
                f"Expected a checkpoint of all that is trained, but {missing[0]} and {len(missing) - 1} more are "
                "missing: give --restart."
            )
        checkpoint["state_dict"] = {**self.state_dict(), **state}

    def not_finite(self, batches: Sequence[Any], what: str, value: float) -> str:
        """Save what broke the training, and say so."""
        path = self._folder / BROKEN.format(step=self.global_step, rank=self.trainer.global_rank)
        parts = [self.facts(batch) for batch in batches]
        torch.save(parts, path)
        names = ", ".join(name for part in parts for name in part["names"])
        return (
            f"Expected a finite {what}, but got {value} at step {self.global_step} with {names}: they are saved as "
            f"{path}. Try a lower learning rate, a stronger clip or float32."
        )

    def log_validation(self, values: dict[str, float]) -> None:
        """Log validation values, for callbacks and for TensorBoard."""
        self.log_dict(values, rank_zero_only=True, logger=False)
        if self.trainer.is_global_zero and self.logger is not None:
            # Lightning's own count is one step behind here.
            self.logger.log_metrics(values, self.global_step)

    def _trained(self) -> set[str]:
        # Buffers are not among them: batch normalisation keeps its statistics, the others are tables.
        return {name for name, parameter in self.named_parameters() if parameter.requires_grad}


def learning_rate_factor(step: int, steps: int, settings: OptimiserSettings) -> float:
    """The learning rate at a step, in shares of its highest.

    Example:
        >>> settings = OptimiserSettings(warmup_steps=10, final_lr=0.0)
        >>> [round(learning_rate_factor(step, 110, settings), 3) for step in (0, 9, 10, 60, 110)]
        [0.1, 1.0, 1.0, 0.5, 0.0]
    """
    if step < settings.warmup_steps:
        return (step + 1) / settings.warmup_steps
    if settings.schedule == "constant":
        return 1.0
    if settings.schedule == "steps":
        return float(0.1 ** sum(step >= milestone for milestone in settings.milestones))
    share = min((step - settings.warmup_steps) / max(steps - settings.warmup_steps, 1), 1.0)
    return settings.final_lr + (1 - settings.final_lr) * (1 + math.cos(math.pi * share)) / 2
