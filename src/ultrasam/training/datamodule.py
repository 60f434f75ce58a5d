"""The corpus of a run as Lightning loads it, on every process its own part."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from typing import Any

import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, Subset

from ultrasam.training.batch import Batch
from ultrasam.training.dataset import AnnotatedImage, Preparation, TrainingImages, ValidationImages
from ultrasam.training.order import WeightedOrder
from ultrasam.training.recipe import Recipe


class CorpusData(pl.LightningDataModule):
    """Training images in a weighted order without end, validation images once each.

    Args:
        recipe: batch sizes, prompts, augmentation, seed.
        preparation: how images come into the model's frame.
        train: images to train on.
        weights: how often each of them comes.
        val: images that choose the best weights.
    """

    def __init__(
        self,
        recipe: Recipe,
        preparation: Preparation,
        train: Sequence[AnnotatedImage],
        weights: Sequence[float],
        val: Sequence[AnnotatedImage],
    ) -> None:
        super().__init__()
        self._recipe = recipe
        self._preparation = preparation
        self._train = train
        self._weights = weights
        self._val = val

    def train_dataloader(self) -> DataLoader[Any]:
        """Batches from the step on at which the run stands."""
        data, run, trainer = self._recipe.data, self._recipe.run, self.trainer
        rank, world_size, step = (
            (0, 1, 0) if trainer is None else (trainer.global_rank, trainer.world_size, trainer.global_step)
        )
        order = WeightedOrder(
            self._weights,
            seed=run.seed,
            start=step * run.accumulate * data.images * world_size,
            rank=rank,
            world_size=world_size,
        )
        images = TrainingImages(
            self._train,
            self._preparation,
            objects=data.objects,
            augmentation=self._recipe.augmentation,
            prompts=self._recipe.prompts,
            seed=run.seed,
        )
        return self._loader(images, data.images, sampler=order, persistent_workers=data.workers > 0)

    def val_dataloader(self) -> DataLoader[Any]:
        """This process's validation images."""
        data, trainer = self._recipe.data, self.trainer
        images = ValidationImages(self._val, self._preparation, objects=data.val_objects, seed=self._recipe.run.seed)
        rank, world_size = (0, 1) if trainer is None else (trainer.global_rank, trainer.world_size)
        return self._loader(Subset(images, range(rank, len(images), world_size)), data.images)

    def _loader(self, dataset: Any, batch_size: int, **options: Any) -> DataLoader[Any]:
        recipe = self._recipe
        return DataLoader(
            dataset,
            batch_size=batch_size,
            num_workers=recipe.data.workers,
            collate_fn=Batch.collate,
            pin_memory=recipe.run.accelerator in ("auto", "gpu") and torch.cuda.is_available(),
            worker_init_fn=leave_ctrl_c_to_training,
            **options,
        )


def leave_ctrl_c_to_training(worker: int) -> None:
    """A terminal sends Ctrl-C to all processes; training ends after its step, for which it needs the workers."""
    del worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)
