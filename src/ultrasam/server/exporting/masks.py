"""Masks as pictures: one for each object, and one that numbers the labels of a frame."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ultrasam.server.exporting.pixels import png_of
from ultrasam.types import Mask


def mask_png(mask: Mask) -> bytes:
    """A mask ``(H, W)`` as an 8-bit grey PNG: 255 inside, 0 outside."""
    return png_of(mask.astype(np.uint8) * np.uint8(255))


class LabelPicture:
    """Labels of a frame as numbers, 0 where there is none; where objects overlap, the one on top counts.

    Args:
        size_hw: height and width in pixels.
        largest: the largest number of the project, which decides between 8 and 16 bits for all pictures alike.
    """

    def __init__(self, size_hw: tuple[int, int], largest: int) -> None:
        self._numbers: npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
        self._numbers = np.zeros(size_hw, np.uint8 if largest < 256 else np.uint16)

    def add(self, number: int, mask: Mask) -> None:
        """Put an object ``(H, W)`` on top of those before."""
        self._numbers[mask] = number

    def png(self) -> bytes:
        """The picture, lossless."""
        return png_of(self._numbers)
