"""One step of training and of validation, as Lightning runs them on any number of devices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import Tensor

from ultrasam.errors import TrainingError
from ultrasam.inference.coordinates import LOGIT_STRIDE
from ultrasam.inference.pipelines import SamPipeline
from ultrasam.modeling.sam import Sam
from ultrasam.training.batch import Batch
from ultrasam.training.cover import inside_image
from ultrasam.training.dataset import VALIDATION_KINDS
from ultrasam.training.loss import segmentation_loss
from ultrasam.training.network_module import NetworkModule
from ultrasam.training.prompts import next_prompts
from ultrasam.training.recipe import Recipe

#: Name of the value by which the best weights are chosen: the mean over data sets and kinds of prompt.
VAL_DICE = "val/dice"


def validation_values(trainer: pl.Trainer) -> dict[str, float]:
    """All values of the latest validation, by their names (``"val/…"``)."""
    return {name: float(value) for name, value in trainer.callback_metrics.items() if name.startswith("val/")}


class PromptedSegmentation(NetworkModule):
    """A network that is asked about objects, answers, is corrected, and learns from every answer.

    Args:
        network: with what is trained requiring gradients.
        pipeline: how its pixels are prepared.
        recipe: losses, prompts and optimiser.
        datasets: names of the validation data sets, by the numbers in the batches' ``groups``.
        folder: where a batch is saved that breaks the training.
    """

    def __init__(
        self, network: Sam, pipeline: SamPipeline, recipe: Recipe, datasets: Sequence[str], folder: Path
    ) -> None:
        super().__init__(network, recipe.optimiser, recipe.run.steps, folder)
        self.recipe = recipe
        self._pipeline = pipeline
        self._datasets = list(datasets)
        self._sums: Tensor | None = None

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """The mean loss over all answers of a conversation about each object."""
        del batch_idx
        settings = self.recipe
        embeddings = self.embeddings(batch)
        truths = batch.truths.float() / 255
        coarse = F.avg_pool2d(truths, LOGIT_STRIDE // settings.loss.stride)
        prompts = batch.prompts
        inside, coarse_inside = (
            inside_image(batch.frames, prompts.image_index, cells.shape[-1]) for cells in (truths, coarse)
        )
        prediction = self.network.decode(embeddings, prompts)
        losses = [segmentation_loss(prediction, truths, settings.loss, inside)]
        for draws in batch.draws.T:
            prompts = next_prompts(prompts, prediction.logits[:, 0], coarse, settings.prompts, draws, coarse_inside)
            prediction = self.network.decode(embeddings, prompts)
            losses.append(segmentation_loss(prediction, truths, settings.loss, inside))
        total = torch.stack([loss.total for loss in losses]).mean()
        if not torch.isfinite(total):
            raise TrainingError(self.not_finite([batch], "loss", float(total.detach())))
        for name in ("focal", "overlap", "iou"):
            mean = torch.stack([getattr(loss, name) for loss in losses]).mean()
            self.log(f"train/{name}", mean, batch_size=len(batch))
        self.log("train/loss", total.detach(), batch_size=len(batch))
        return total

    def on_validation_epoch_start(self) -> None:
        """Forget the former validation's sums."""
        self._sums = torch.zeros(2, len(self._datasets), len(VALIDATION_KINDS), dtype=torch.float64)

    def validation_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Add the Dice of each object's mask; returns the logits ``(N, S/4, S/4)``, for pictures."""
        del batch_idx
        logits = self.network.decode(self.embeddings(batch), batch.prompts).logits[:, :1].float()
        fine = F.interpolate(logits, tuple(batch.truths.shape[-2:]), mode="bilinear", align_corners=False)[:, 0]
        inside = inside_image(batch.frames, batch.prompts.image_index, fine.shape[-1])[:, 0]
        mask, truth = (fine > 0) & inside, batch.truths > 127
        sizes = mask.sum((-2, -1)) + truth.sum((-2, -1))
        dice = torch.where(sizes > 0, 2 * (mask & truth).sum((-2, -1)) / sizes.clamp(min=1), 1.0)
        if self._sums is not None:
            where = (batch.groups.cpu(), batch.kinds.cpu())
            self._sums[0].index_put_(where, dice.cpu().double(), accumulate=True)
            self._sums[1].index_put_(where, torch.ones(len(dice), dtype=torch.float64), accumulate=True)
        return logits[:, 0]

    def on_validation_epoch_end(self) -> None:
        """Log the mean Dice of each data set and kind of prompt, and of all."""
        if self._sums is None:
            return
        # Apple's GPUs have no float64.
        sums = self.trainer.strategy.reduce(self._sums.to(self.device, torch.float32), reduce_op="sum").cpu().double()
        seen = sums[1] > 0
        means = sums[0] / sums[1].clamp(min=1)
        values = {VAL_DICE: float(means[seen].mean()) if seen.any() else math.nan}
        for number, kind in enumerate(VALIDATION_KINDS):
            if seen[:, number].any():
                values[f"val/{kind}"] = float(means[seen[:, number], number].mean())
            for group, name in enumerate(self._datasets):
                if seen[group, number]:
                    values[f"val/{kind}/{name}"] = float(means[group, number])
        self.log_validation(values)

    def embeddings(self, batch: Batch) -> Tensor:
        """Embeddings ``(B, 256, S/16, S/16)`` of a batch's images."""
        if batch.embeddings is not None:
            return batch.embeddings
        inputs = [self._pipeline.normalised(i, frame) for i, frame in zip(batch.images, batch.frames, strict=True)]
        return self.network.encode_image(torch.stack(inputs))

    def facts(self, batch: Batch) -> dict[str, Any]:
        """What is saved of a batch that breaks the training."""
        return {
            "names": list(batch.names),
            "position": batch.position,
            "images": [image.cpu() for image in batch.images],
            "points_xy": batch.prompts.points_xy.cpu(),
            "labels": batch.prompts.labels.cpu(),
            "truths": batch.truths.cpu(),
            "draws": batch.draws.cpu(),
        }
