"""Mirrored images: the other side of the body, the probe turned round, the display upside down."""

from __future__ import annotations

import numpy as np

from ultrasam.training.augmentation.augmentation import Augmentation, Probability
from ultrasam.training.sample import Sample


class HorizontalFlip(Augmentation):
    """Left and right exchanged."""

    probability: Probability = 0.5

    def change(self, sample: Sample, rng: np.random.Generator) -> Sample:  # noqa: ARG002
        """The mirrored sample."""
        return Sample(np.ascontiguousarray(sample.pixels[:, ::-1]), np.ascontiguousarray(sample.masks[:, :, ::-1]))


class VerticalFlip(Augmentation):
    """Top and bottom exchanged, as some displays show transvaginal and intraoral images."""

    probability: Probability = 0.0

    def change(self, sample: Sample, rng: np.random.Generator) -> Sample:  # noqa: ARG002
        """The mirrored sample."""
        return Sample(np.ascontiguousarray(sample.pixels[::-1]), np.ascontiguousarray(sample.masks[:, ::-1]))
