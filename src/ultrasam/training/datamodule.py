"""The corpus of a run as Lightning loads it, on every process its own part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch.utils.data import DataLoader

from ultrasam.training.batch import Batch
from ultrasam.training.dataset import AnnotatedImage, Preparation, TrainingImages, ValidationImages
from ultrasam.training.order import WeightedOrder
from ultrasam.training.recipe import Recipe
from ultrasam.training.run_data import RunData


class CorpusData(RunData):
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
        super().__init__(recipe.run, recipe.data.images, recipe.data.workers, Batch.collate)
        self._recipe = recipe
        self._preparation = preparation
        self._train = train
        self._weights = weights
        self._val = val

    def train_dataloader(self) -> DataLoader[Any]:
        """Batches from the step on at which the run stands."""
        data, run = self._recipe.data, self._recipe.run
        images = TrainingImages(
            self._train,
            self._preparation,
            objects=data.objects,
            augmentation=self._recipe.augmentation,
            prompts=self._recipe.prompts,
            seed=run.seed,
        )
        order = WeightedOrder(self._weights, seed=run.seed, **self.place())
        return self.loader(images, sampler=order, persistent_workers=data.workers > 0)

    def val_dataloader(self) -> DataLoader[Any]:
        """This process's validation images."""
        objects, seed = self._recipe.data.val_objects, self._recipe.run.seed
        return self.loader(self.own_part(ValidationImages(self._val, self._preparation, objects=objects, seed=seed)))
