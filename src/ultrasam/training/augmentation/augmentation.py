"""What every augmentation is: settings that can be called."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated

import numpy as np
from pydantic import Field

from ultrasam.training.sample import Sample
from ultrasam.training.settings import Settings
from ultrasam.types import Pixels

Probability = Annotated[float, Field(ge=0, le=1)]


class Augmentation(Settings, ABC):
    """A random change of a sample that happens with some probability.

    It leaves the arrays that it is given as they are. The number of masks and their order stay, and no mask becomes
    empty.
    """

    #: How often a sample is changed, from 0 (never) to 1 (always).
    probability: Probability

    def __call__(self, sample: Sample, rng: np.random.Generator) -> Sample:
        """The sample, changed or as it is.

        Args:
            sample: an image with the masks of its objects.
            rng: where the randomness comes from.
        """
        return self.change(sample, rng) if rng.random() < self.probability else sample

    @abstractmethod
    def change(self, sample: Sample, rng: np.random.Generator) -> Sample:
        """The changed sample."""


class Appearance(Augmentation):
    """A change of the pixels alone: their size, number of channels and the masks stay."""

    def change(self, sample: Sample, rng: np.random.Generator) -> Sample:
        """The sample with other pixels and the same masks."""
        return Sample(self.repaint(sample.pixels, rng), sample.masks)

    @abstractmethod
    def repaint(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """New pixels of the same shape; all channels change alike unless a kind says otherwise."""
