"""A picture without the frame that some software has put around it."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Grey: TypeAlias = npt.NDArray[np.uint8]

#: Grey values that a frame's pixels may be off its own: the noise of JPEG compression.
_NOISE = 12
#: Share of the pixels of a frame's row that may be off by more: small marks.
_MARKS = 0.01
#: What is left must have sides of so many pixels, or nothing is cut.
_SMALLEST_SIDE = 16


def trimmed(grey: Grey) -> Grey:
    """A picture without rows and columns of one grey value at its borders.

    Repeated until nothing changes, as a black frame may lie around a white one: so a picture and a copy of it with
    another frame become the same. Where the border of what is seen fades into black, compression moves it by a few
    pixels, so that the whole picture is the better one to compare where no frame was added.

    Args:
        grey: ``(H, W)``.

    Returns:
        a view.
    """
    while True:
        top, bottom = _frame(grey), _frame(grey[::-1])
        left, right = _frame(grey.T), _frame(grey.T[::-1])
        inner = grey[top : len(grey) - bottom, left : grey.shape[1] - right]
        if inner.shape == grey.shape or min(inner.shape) < _SMALLEST_SIDE:
            return grey
        grey = inner


def _frame(lines: Grey) -> int:
    """How many of the first lines have the grey value of the first one; 0 where all have."""
    off = np.abs(lines.astype(np.int16) - int(np.median(lines[0]))) > _NOISE
    inside = np.flatnonzero(off.mean(1) > _MARKS)
    return int(inside[0]) if len(inside) else 0
