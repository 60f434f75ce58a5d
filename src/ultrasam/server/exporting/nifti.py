"""The masks of one structure over all frames of a file as NIfTI, frame by frame."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from typing import IO

import numpy as np

from ultrasam.errors import InputError
from ultrasam.imaging.nifti import mask_header
from ultrasam.types import Mask, SpacingXY

_LONGEST_AXIS = 32767


def check_shape(shape: tuple[int, int, int]) -> None:
    """Refuse what NIfTI-1 cannot hold.

    Args:
        shape: ``(T, H, W)``.

    Raises:
        InputError: there are more frames or pixels on one axis.
    """
    if max(shape) > _LONGEST_AXIS:
        raise InputError(f"Expected at most {_LONGEST_AXIS} frames, rows and columns for NIfTI, but got {shape}.")


def write_track(
    target: IO[bytes],
    masks: Iterable[Mask | None],
    shape: tuple[int, int, int],
    spacing_mm: SpacingXY | None,
    origin_xy: tuple[int, int] = (0, 0),
) -> None:
    """Write a ``.nii.gz`` as :func:`ultrasam.imaging.write_nifti_mask` does, but hold one frame only.

    Args:
        target: takes the compressed file.
        masks: ``(H, W)`` of each frame, None for one without the structure.
        shape: ``(T, H, W)``; a file of one frame has two axes.
        spacing_mm: ``(x, y)`` mm per pixel; None writes 1, which stands for "not known".
        origin_xy: where the masks' first pixel lies in the original image, in pixels.

    Raises:
        InputError: as :func:`check_shape`.
    """
    check_shape(shape)
    frames, height, width = shape
    header = mask_header(shape[1:] if frames == 1 else shape, spacing_mm, origin_xy)
    empty = bytes(height * width)
    # Without a name and a time, so that the same masks give the same bytes.
    with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=target, mtime=0) as packed:
        header.write_to(packed)
        for mask in masks:
            packed.write(empty if mask is None else mask.astype(np.uint8).tobytes())
