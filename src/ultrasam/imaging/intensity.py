"""Grey values of more than 8 bits to uint8: one rule for every file format, and one scale for all frames."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ultrasam.errors import ImageError


@dataclass(frozen=True)
class GreyScale:
    """A linear map of grey values to 0 to 255; values outside are clipped.

    Attributes:
        low: the value that becomes 0.
        high: the value that becomes 255.
    """

    low: float
    high: float

    def to_uint8(self, values: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
        """Map an array of any shape, rounded to the nearest grey value."""
        if values.dtype == np.uint8 and (self.low, self.high) == (0, 255):
            return values
        # Divided by the largest magnitude first: the difference of two huge floats would overflow.
        peak = max(abs(self.low), abs(self.high)) or 1.0
        low, high = self.low / peak, self.high / peak
        scaled = (values / peak - low) * (255.0 / ((high - low) or 1.0))
        return np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)

    def __str__(self) -> str:
        if (self.low, self.high) == (0, 255):
            return "as stored"
        return f"{self.low:g} to {self.high:g} scaled to 0 to 255"


def grey_scale(frames: Iterable[npt.NDArray[Any]], name: str) -> GreyScale:
    """Choose the scale for all frames of one file.

    * Whole numbers, none negative: 0 to the smallest ``2^k - 1`` (k >= 8) that holds the largest value, so
      that 8, 10, 12 and 16-bit recordings keep their full range and files of one device are scaled alike.
    * Floats within [0, 1]: 0 to 1. Floats within [0, 255]: 0 to 255.
    * All else, and negative whole numbers: smallest to largest value.

    Args:
        frames: the file's frames, of any shape and number type.
        name: the file's name for messages.

    Raises:
        ImageError: pixels are NaN or infinite.
    """
    low, high, whole, broken = np.inf, -np.inf, True, 0
    for frame in frames:
        if frame.dtype.kind == "f":
            whole = False
            broken += int(frame.size - np.isfinite(frame).sum())
        if frame.size and not broken:
            low, high = min(low, float(frame.min())), max(high, float(frame.max()))
    if broken:
        raise ImageError(f"Expected finite pixel values in {name}, but {broken:,} are NaN or infinite.")
    if whole and low >= 0:
        return GreyScale(0, 2 ** max(int(high).bit_length(), 8) - 1)
    if low >= 0 and high <= 255:
        return GreyScale(0, 1 if high <= 1 else 255)
    return GreyScale(low, high)
