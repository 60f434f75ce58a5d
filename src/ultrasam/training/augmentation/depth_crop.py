"""A shallower depth setting: the deepest part is not shown, nor are the sides."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt

from ultrasam.training.augmentation.augmentation import Augmentation, Probability
from ultrasam.training.augmentation.ranges import Range, within
from ultrasam.training.sample import Sample


class DepthCrop(Augmentation):
    """Cut off below, left and right; every object stays whole, and the image becomes smaller.

    Each of the three cuts is drawn from those of its range that leave all objects whole; where there is none, it goes
    to the edge of the outermost object. An image of which no object is outlined stays whole, as nobody knows what may
    be cut off. Pixels are not resampled: what the network sees at its own size is magnified.
    """

    probability: Probability = 0.3
    #: Share of the height that stays, from the top.
    depth: Annotated[Range, within(0.1, 1)] = (0.6, 1.0)
    #: Share of the width that is cut off, on each side by itself.
    side: Annotated[Range, within(0, 0.45)] = (0.0, 0.1)

    def change(self, sample: Sample, rng: np.random.Generator) -> Sample:
        """The cropped sample."""
        if not len(sample.masks):
            return sample
        height, width = sample.size_hw
        below, left, right = _free(sample.masks)
        shallowest, deepest = self.depth
        rows = slice(height - _cut((1 - deepest, 1 - shallowest), height, below, rng))
        first, last = (_cut(self.side, width, free, rng) for free in (left, right))
        columns = slice(first, width - last)
        return Sample(
            np.ascontiguousarray(sample.pixels[rows, columns]), np.ascontiguousarray(sample.masks[:, rows, columns])
        )


def _free(masks: npt.NDArray[np.bool_]) -> tuple[int, int, int]:
    """How many pixels below, left and right of all objects hold none."""
    _, height, width = masks.shape
    rows, columns = (np.flatnonzero(masks.any(axis=(0, axis))) for axis in (2, 1))
    if not rows.size:
        return height - 1, width - 1, width - 1
    return height - 1 - int(rows[-1]), int(columns[0]), width - 1 - int(columns[-1])


def _cut(share: Range, length: int, free: int, rng: np.random.Generator) -> int:
    """Pixels to cut off: between two shares of the length, and no more than are free."""
    low, high = (min(part * length, free) for part in share)
    return int(rng.uniform(low, high))
