"""What training sees of one image: its pixels, and the masks of the objects that it is asked about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ultrasam.types import Pixels


@dataclass(frozen=True, eq=False)
class Sample:
    """An image with some of its objects, before or after augmentation.

    Attributes:
        pixels: ``(H, W)`` or ``(H, W, 3)`` uint8.
        masks: ``(N, H, W)`` bool, one for each object.
    """

    pixels: Pixels
    masks: npt.NDArray[np.bool_]

    @property
    def size_hw(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.pixels.shape[0], self.pixels.shape[1]
