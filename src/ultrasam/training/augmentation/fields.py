"""Fields of factors and shifts, laid over the pixels of an image."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from ultrasam.types import Pixels


def enlarged(field: npt.NDArray[np.float32], size_hw: tuple[int, int]) -> npt.NDArray[np.float32]:
    """A coarse ``(h, w)`` field as smooth ``(H, W)`` float32 one."""
    height, width = size_hw
    return np.asarray(Image.fromarray(field).resize((width, height), Image.Resampling.BILINEAR))


def multiplied(pixels: Pixels, factors: npt.NDArray[np.float32]) -> Pixels:
    """Pixels times ``(H, W)`` factors of 0 or more, rounded and cut off at white."""
    return _as_pixels(pixels * _for_channels(pixels, factors))


def shifted(pixels: Pixels, weights: npt.NDArray[np.float32], shifts: npt.NDArray[np.float32]) -> Pixels:
    """Pixels plus ``(H, W)`` shifts in grey levels, weighted by grey value, rounded and cut off at black and white.

    Args:
        pixels: ``(H, W)`` or ``(H, W, 3)`` uint8.
        weights: ``(256,)`` float32, for each grey value.
        shifts: ``(H, W)`` float32 grey levels.
    """
    moves = np.take(weights, pixels)
    moves *= _for_channels(pixels, shifts)
    moves += pixels
    return _as_pixels(moves)


def looked_up(pixels: Pixels, levels: npt.NDArray[np.floating]) -> Pixels:
    """Each grey value replaced by its entry in ``(256,)`` levels, rounded and cut off at black and white."""
    return np.take(_as_pixels(np.asarray(levels, np.float32)), pixels)


def _for_channels(pixels: Pixels, field: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return field if pixels.ndim == 2 else field[..., None]


def _as_pixels(values: npt.NDArray[np.float32]) -> Pixels:
    pixels: Pixels = np.clip(values + np.float32(0.5), 0, 255).astype(np.uint8)
    return pixels
