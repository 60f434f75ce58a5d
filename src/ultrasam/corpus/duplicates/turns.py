"""The ways in which the same picture may lie: as it is, mirrored, upside down, or both."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Array = TypeVar("Array", bound=npt.NDArray[Any])

#: Left and right exchanged; top and bottom exchanged; turned by half a circle. Each undoes itself.
TURNS = ("same", "mirrored", "flipped", "turned")


def turned(pictures: Array, turn: int) -> Array:
    """A view of pictures that lie another way.

    Args:
        pictures: ``(…, H, W)``.
        turn: place in :data:`TURNS`.
    """
    if turn & 1:
        pictures = np.flip(pictures, -1)
    if turn & 2:
        pictures = np.flip(pictures, -2)
    return pictures
