"""The examples of a run as Lightning loads them, on every process its own part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, Subset

from ultrasam.downstream.batch import HeadBatch
from ultrasam.downstream.data.example import Example
from ultrasam.downstream.dataset import HeadPreparation, TrainExamples, ValExamples
from ultrasam.downstream.recipe import FinetuneRecipe
from ultrasam.training.datamodule import leave_ctrl_c_to_training
from ultrasam.training.order import ShuffledOrder


class ExampleData(pl.LightningDataModule):
    """Training images in rounds without end, validation images once each.

    Args:
        recipe: batch sizes, augmentation, prompts, seed.
        preparation: how images come into the network's terms.
        train: images to train on.
        val: images that choose the best weights.
    """

    def __init__(
        self, recipe: FinetuneRecipe, preparation: HeadPreparation, train: Sequence[Example], val: Sequence[Example]
    ) -> None:
        super().__init__()
        self._recipe = recipe
        self._preparation = preparation
        self._train = train
        self._val = val

    def train_dataloader(self) -> DataLoader[Any]:
        """Batches from the step on at which the run stands."""
        recipe = self._recipe
        rank, world_size, step = self._place()
        order = ShuffledOrder(
            len(self._train),
            seed=recipe.run.seed,
            start=step * recipe.run.accumulate * recipe.data.images * world_size,
            rank=rank,
            world_size=world_size,
        )
        examples = TrainExamples(
            self._train,
            self._preparation,
            augmentation=recipe.augmentation,
            prompts=recipe.prompts,
            seed=recipe.run.seed,
        )
        return self._loader(examples, sampler=order)

    def val_dataloader(self) -> DataLoader[Any]:
        """This process's validation images."""
        examples = ValExamples(self._val, self._preparation)
        rank, world_size, _ = self._place()
        return self._loader(Subset(examples, range(rank, len(examples), world_size)))

    def _place(self) -> tuple[int, int, int]:
        """Number of this process, how many there are, and the step."""
        trainer = self.trainer
        return (0, 1, 0) if trainer is None else (trainer.global_rank, trainer.world_size, trainer.global_step)

    def _loader(self, dataset: Any, **options: Any) -> DataLoader[Any]:
        recipe = self._recipe
        return DataLoader(
            dataset,
            batch_size=recipe.data.images,
            num_workers=recipe.data.workers,
            persistent_workers=recipe.data.workers > 0,
            collate_fn=HeadBatch.collate,
            pin_memory=recipe.run.accelerator in ("auto", "gpu") and torch.cuda.is_available(),
            worker_init_fn=leave_ctrl_c_to_training,
            **options,
        )
