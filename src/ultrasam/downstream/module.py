"""One step of training and of validation of a network with a head."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ultrasam.downstream.batch import HeadBatch
from ultrasam.downstream.loss import Objective
from ultrasam.downstream.recipe import FinetuneRecipe
from ultrasam.downstream.scoring import ValidationScore
from ultrasam.inference.pipelines import SamPipeline
from ultrasam.modeling.finetuned import FinetunedSam, HeadOutput
from ultrasam.training.network_module import NetworkModule

#: What the seed is used for here: none of two purposes shares a generator.
_FOR_STEPS = 2


class HeadTraining(NetworkModule):
    """A network that answers about images, and learns from what is right about them.

    Args:
        network: with what is trained requiring gradients.
        pipeline: how its pixels are prepared.
        recipe: optimiser and steps.
        objective: what a wrong answer costs.
        score: how good answers are.
        folder: where a batch is saved that breaks the training.
    """

    network: FinetunedSam

    def __init__(
        self,
        network: FinetunedSam,
        pipeline: SamPipeline,
        recipe: FinetuneRecipe,
        objective: Objective,
        score: ValidationScore,
        folder: Path,
    ) -> None:
        super().__init__(
            network, recipe.optimiser, recipe.run.steps, folder, head_lr_factor=recipe.optimiser.head_lr_factor
        )
        self._pipeline = pipeline
        self._seed = recipe.run.seed
        self._objective = objective
        self._score = score

    def facts(self, batch: HeadBatch) -> dict[str, Any]:
        """What is saved of a batch that breaks the training."""
        return {
            "names": list(batch.names),
            "position": batch.position,
            "images": [image.cpu() for image in batch.images],
            "answers": None if batch.answers is None else batch.answers.cpu(),
        }

    def on_train_batch_start(self, batch: HeadBatch, batch_idx: int) -> None:
        """Begin dropout, and the points at which masks are compared, at the batch's position."""
        super().on_train_batch_start(batch, batch_idx)
        # PyTorch's generator on the CPU reads 32 bits of a seed.
        drawn = np.random.default_rng((self._seed, _FOR_STEPS, batch.position)).integers(2**32)
        torch.manual_seed(int(drawn))

    def training_step(self, batch: HeadBatch, batch_idx: int) -> Tensor:
        """The loss of the answers to a batch."""
        del batch_idx
        losses = self._objective(self.answer(batch), batch)
        total = losses.pop("loss")
        for name, value in losses.items():
            self.log(f"train/{name}", value.detach(), batch_size=len(batch))
        self.log("train/loss", total.detach(), batch_size=len(batch))
        return total

    def on_validation_epoch_start(self) -> None:
        """Forget the former validation."""
        self._score.reset()

    def validation_step(self, batch: HeadBatch, batch_idx: int) -> None:
        """Collect the answers to a batch."""
        del batch_idx
        self._score.add(self.answer(batch), batch)

    def on_validation_epoch_end(self) -> None:
        """Log how good the answers are."""
        self.log_validation(self._score.values())

    def answer(self, batch: HeadBatch) -> HeadOutput:
        """What the network says of a batch."""
        features = batch.features
        if features is None:
            inputs = [self._pipeline.normalised(i, frame) for i, frame in zip(batch.images, batch.frames, strict=True)]
            features = self.network.encode_for_head(torch.stack(inputs))
        return self.network.apply_head(features, inside=batch.inside, prompts=batch.prompts)
