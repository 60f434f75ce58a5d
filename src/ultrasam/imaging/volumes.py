"""NIfTI, MetaImage and NRRD files to :class:`UltrasoundImage`: the rules that all three share.

The file's first axis is x (columns, to the right), its second y (rows, down), its third the frame: how ultrasound is
stored in practice. Orientation matrices are not applied: they place the image in the patient, while a prompt is
drawn on the picture as it was acquired.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ultrasam.imaging.image import ArrayFrames, Frames, Region, Source, UltrasoundImage
from ultrasam.imaging.intensity import grey_scale
from ultrasam.imaging.itk_volumes import open_with_itk
from ultrasam.imaging.nifti import open_nifti
from ultrasam.imaging.volume import Volume
from ultrasam.types import Pixels

_UNKNOWN_SPACING = (1.0, 1.0)


def read_volume(path: Path, kind: str) -> UltrasoundImage:
    """Read a picture, a cine or a volume.

    8-bit frames are read when they are asked for; others at once, as their grey scale follows from all frames.

    A spacing of exactly 1 in x and y is what writers put where they know none; it counts as "not calibrated".
    Exactly three 8-bit slices without a spacing are the colours of one picture, stored colour first, as arrays of
    shape ``(3, H, W)`` are; not in NIfTI, which has pixel types for colours and in which masks of a cine are written.

    Args:
        path: the file.
        kind: ``"NIfTI"``, ``"MetaImage"`` or ``"NRRD"``.

    Raises:
        ImageError: the file is damaged or cut off, too large, has more axes than a cine, or its pixels are neither
            grey nor RGB, or not finite.
        MissingExtraError: nibabel (NIfTI) or SimpleITK is not installed.
    """
    volume = _opened(path, kind)
    spacing = None if volume.spacing_mm == _UNKNOWN_SPACING else volume.spacing_mm
    details = {"pixel type": volume.pixel_type}
    frames: Frames
    if volume.pixel_type == "uint8":
        three_slices = volume.shape[0] == 3 and len(volume.shape) == 3
        is_colour_first = three_slices and spacing is None and kind != "NIfTI"
        frames = _ColourFirstFrames(volume) if is_colour_first else _VolumeFrames(volume)
    else:
        values = volume.load(None)
        scale = grey_scale(values, path.name)
        details["grey values"] = str(scale)
        # Frame by frame, as the scale's fractions of a whole volume would take ten times its memory.
        shown = np.empty(values.shape, np.uint8)
        for index, frame in enumerate(values):
            shown[index] = scale.to_uint8(frame)
        frames = ArrayFrames(shown)
    height, width = volume.shape[1:3]
    regions = () if spacing is None else (Region((0, 0, width, height), spacing, spacing_source=f"{kind} header"),)
    return UltrasoundImage(frames, Source(path.name, kind, details), regions)


def read_stored_values(path: Path, kind: str) -> npt.NDArray[Any]:
    """The numbers as they are stored, as label files need them: ``(T, H, W)``, or ``(T, H, W, 3)`` for colours.

    Raises:
        ImageError: as :func:`read_volume`.
        MissingExtraError: as :func:`read_volume`.
    """
    return _opened(path, kind).load(None)


def _opened(path: Path, kind: str) -> Volume:
    return open_nifti(path) if kind == "NIfTI" else open_with_itk(path, kind)


class _VolumeFrames(Frames):
    """8-bit frames: one by one where the file allows it, else all of them when the first one is asked for."""

    def __init__(self, volume: Volume) -> None:
        self._volume = volume
        self._values: Pixels | None = None
        self._lock = threading.Lock()

    @property
    def shape(self) -> tuple[int, ...]:
        """``(T, H, W)`` or ``(T, H, W, 3)``."""
        return self._volume.shape

    def read(self, index: int) -> Pixels:
        """Read frame ``index``: ``(H, W)`` or ``(H, W, 3)`` uint8."""
        if self._volume.is_random_access:
            return self._volume.load(index)
        with self._lock:
            if self._values is None:
                self._values = self._volume.load(None)
            return np.asarray(self._values[index])


class _ColourFirstFrames(Frames):
    """One picture whose colours are the three slices of the file."""

    def __init__(self, volume: Volume) -> None:
        self._volume = volume

    @property
    def shape(self) -> tuple[int, ...]:
        """``(1, H, W, 3)``."""
        return (1, *self._volume.shape[1:], 3)

    def read(self, index: int) -> Pixels:
        """The picture, ``(H, W, 3)`` uint8; ``index`` is 0."""
        pictures = np.moveaxis(self._volume.load(None), 0, -1)[None]
        return np.asarray(pictures[index])
