"""The examples of a run as Lightning loads them, on every process its own part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch.utils.data import DataLoader

from ultrasam.downstream.batch import HeadBatch
from ultrasam.downstream.data.example import Example
from ultrasam.downstream.dataset import HeadPreparation, TrainExamples, ValExamples
from ultrasam.downstream.recipe import FinetuneRecipe
from ultrasam.training.order import ShuffledOrder
from ultrasam.training.run_data import RunData


class ExampleData(RunData):
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
        super().__init__(recipe.run, recipe.data.images, recipe.data.workers, HeadBatch.collate)
        self._recipe = recipe
        self._preparation = preparation
        self._train = train
        self._val = val

    def train_dataloader(self) -> DataLoader[Any]:
        """Batches from the step on at which the run stands."""
        recipe = self._recipe
        examples = TrainExamples(
            self._train,
            self._preparation,
            augmentation=recipe.augmentation,
            prompts=recipe.prompts,
            seed=recipe.run.seed,
        )
        order = ShuffledOrder(len(self._train), seed=recipe.run.seed, **self.place())
        return self.loader(examples, sampler=order, persistent_workers=recipe.data.workers > 0)

    def val_dataloader(self) -> DataLoader[Any]:
        """This process's validation images."""
        examples = self.own_part(ValExamples(self._val, self._preparation))
        return self.loader(examples, persistent_workers=self._recipe.data.workers > 0)
