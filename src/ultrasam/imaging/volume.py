"""A volume file before its pixels are read: what both libraries for such files have to say about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from ultrasam.errors import ImageError
from ultrasam.types import SpacingXY


def check_axes(axes: tuple[int, ...], name: str) -> None:
    """Pass if axes (columns, rows, then others) are those of a picture, a cine or a volume, and none is empty.

    Raises:
        ImageError: they are not.
    """
    if len(axes) < 2 or min(axes) < 1 or sum(n > 1 for n in axes[2:]) > 1:
        raise ImageError(
            f"Expected a picture, a cine or a volume in {name}, but it has {' x '.join(map(str, axes))} pixels: "
            "save each volume as a file of its own."
        )


@dataclass(frozen=True)
class Volume:
    """Header and loader of a NIfTI, MetaImage or NRRD file.

    Attributes:
        path: the file.
        kind: ``"NIfTI"``, ``"MetaImage"`` or ``"NRRD"``.
        shape: ``(T, H, W)``, or ``(T, H, W, 3)`` for RGB pixels.
        spacing_mm: ``(x, y)`` as the header has it; None where it is no pair of positive numbers.
        pixel_type: of one number, in NumPy's words (``"uint8"``, ``"float32"``).
        load: gives all frames, of ``shape``, or with a number that frame alone, of ``shape[1:]``, as stored.
        is_random_access: whether one frame can be loaded without reading those before it.
    """

    path: Path
    kind: str
    shape: tuple[int, ...]
    spacing_mm: SpacingXY | None
    pixel_type: str
    load: Callable[[int | None], npt.NDArray[Any]]
    is_random_access: bool
