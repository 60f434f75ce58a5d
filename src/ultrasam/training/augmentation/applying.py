"""All augmentations of a run, one after another."""

from __future__ import annotations

import numpy as np

from ultrasam.training.augmentation.settings import AugmentationSettings
from ultrasam.training.sample import Sample


def augment(sample: Sample, settings: AugmentationSettings, rng: np.random.Generator) -> Sample:
    """A sample as it is seen this time.

    Every augmentation has randomness of its own, seeded from ``rng``: one that is switched off, or made stronger,
    changes nothing about what is drawn for the others.

    Args:
        sample: an image with the masks of its objects; it stays as it is.
        settings: what may happen, and how often.
        rng: where the randomness comes from.

    Returns:
        As many masks in the same order, none of them empty. The image may have become smaller.
    """
    augmentations = list(settings.in_order())
    seeds = rng.integers(2**63, size=len(augmentations))
    for augmentation, seed in zip(augmentations, seeds.tolist(), strict=True):
        sample = augmentation(sample, np.random.default_rng(seed))
    return sample
