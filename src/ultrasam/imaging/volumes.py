"""NIfTI, MetaImage and NRRD, with SimpleITK.

The file's first axis is x (columns, to the right), its second y (rows, down), its third the frame: the order in
which ITK lists sizes, and how ultrasound is stored in practice. Orientation matrices are not applied: they place
the image in the patient, while a prompt is drawn on the picture as it was acquired.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ultrasam.errors import ImageError
from ultrasam.extras import require
from ultrasam.imaging.image import ArrayFrames, Frames, Region, Source, UltrasoundImage
from ultrasam.imaging.intensity import grey_scale
from ultrasam.imaging.limits import check_frame_size
from ultrasam.imaging.stderr_silence import silent_stderr
from ultrasam.imaging.volume_integrity import (
    check_nifti_name,
    check_nifti_whole,
    check_pixel_file,
    is_compressed,
)
from ultrasam.types import Pixels, SpacingXY

_READERS = {"NIfTI": "NiftiImageIO", "MetaImage": "MetaImageIO", "NRRD": "NrrdImageIO"}
_UNKNOWN_SPACING = (1.0, 1.0)


def read_volume(path: Path, kind: str) -> UltrasoundImage:
    """Read a picture, a cine or a volume.

    8-bit frames are read when they are asked for; others at once, as their grey scale follows from all frames.

    A spacing of exactly 1 in x and y is what writers put where they know none; it counts as "not calibrated".
    Exactly three 8-bit slices without a spacing are the colours of one picture, stored colour first, as arrays of
    shape ``(3, H, W)`` are.

    Args:
        path: the file.
        kind: ``"NIfTI"``, ``"MetaImage"`` or ``"NRRD"``.

    Raises:
        ImageError: the file is damaged or cut off, too large, has more axes than a cine, or its pixels are neither
            grey nor RGB, or not finite.
        MissingExtraError: SimpleITK is not installed.
    """
    header = _read_header(path, kind)
    details = {"pixel type": header.pixel_type}
    frames: Frames
    if header.is_uint8:
        frames = _VolumeFrames(header)
    else:
        values = _read_values(header)
        scale = grey_scale([values], path.name)
        details["grey values"] = str(scale)
        frames = ArrayFrames(scale.to_uint8(values))
    height, width = header.size_hw
    regions: tuple[Region, ...] = ()
    if header.spacing_mm is not None:
        regions = (Region((0, 0, width, height), header.spacing_mm, spacing_source=f"{kind} header"),)
    return UltrasoundImage(frames, Source(path.name, kind, details), regions)


def read_stored_values(path: Path, kind: str) -> npt.NDArray[Any]:
    """The numbers as they are stored, as label files need them: ``(T, H, W)``, or ``(T, H, W, 3)`` for colours.

    Raises:
        ImageError: as :func:`read_volume`.
        MissingExtraError: SimpleITK is not installed.
    """
    return _read_values(_read_header(path, kind))


@dataclass(frozen=True)
class _Header:
    """``size`` is x, y, and where there are more axes, those: the last one changes slowest in the file."""

    path: Path
    kind: str
    size: tuple[int, ...]
    spacing_mm: SpacingXY | None
    components: int
    pixel_type: str

    @property
    def size_hw(self) -> tuple[int, int]:
        return self.size[1], self.size[0]

    @property
    def is_uint8(self) -> bool:
        return self.pixel_type.removeprefix("vector of ") == "8-bit unsigned integer"

    @property
    def is_colour_first(self) -> bool:
        return self.size[2:] == (3,) and self.is_uint8 and self.components == 1 and self.spacing_mm is None

    @property
    def shape(self) -> tuple[int, ...]:
        """``(T, H, W)`` or ``(T, H, W, 3)``, before :attr:`is_colour_first` is seen to."""
        colour = () if self.components == 1 else (3,)
        return (math.prod(self.size[2:]), *self.size_hw, *colour)


def _read_header(path: Path, kind: str) -> _Header:
    if kind == "NIfTI":
        check_nifti_name(path)
    itk = require("SimpleITK", needed_for=f"{kind} files")
    reader = _reader(itk, path, kind)
    with _itk_errors(path.name):
        reader.ReadImageInformation()
    size = tuple(int(n) for n in reader.GetSize())
    name, components = path.name, int(reader.GetNumberOfComponents())
    pixel_type = str(itk.GetPixelIDValueAsString(reader.GetPixelID()))
    if len(size) > 3 and sorted(size[2:])[-2] > 1:
        raise ImageError(
            f"Expected a picture, a cine or a volume in {name}, but it has {' x '.join(map(str, size))} pixels along "
            f"{len(size)} axes: save each volume as a file of its own."
        )
    if components not in (1, 3) or "complex" in pixel_type:
        raise ImageError(f"Expected grey or RGB pixels in {name}, but each has {components} numbers ({pixel_type}).")
    check_frame_size(size[0], size[1], name)
    if kind == "NIfTI":
        voxels = math.prod(max(int(reader.GetMetaData(f"dim[{axis}]")), 1) for axis in range(1, 8))
        bits = int(reader.GetMetaData("bitpix"))
        check_nifti_whole(path, int(float(reader.GetMetaData("vox_offset"))) + voxels * bits // 8)
    else:
        bits = int(pixel_type.rsplit("-bit")[0].split()[-1])
        check_pixel_file(path, math.prod(size) * components * bits // 8)
    spacing = _spacing(reader.GetSpacing()[:2], kind)
    return _Header(path, kind, size, spacing, components, pixel_type)


def _spacing(values: tuple[float, ...], kind: str) -> SpacingXY | None:
    # NIfTI stores 32-bit floats: 0.308 comes as 0.30799999833.
    x, y = (float(f"{value:.7g}") if kind == "NIfTI" else float(value) for value in values)
    known = (x, y) != _UNKNOWN_SPACING and all(math.isfinite(s) and s > 0 for s in (x, y))
    return (x, y) if known else None


def _read_values(header: _Header, frame: int | None = None) -> npt.NDArray[Any]:
    """All frames ``(T, H, W)`` or ``(T, H, W, 3)``, or one of them with ``T`` = 1, as stored."""
    itk = require("SimpleITK", needed_for=f"{header.kind} files")
    reader = _reader(itk, header.path, header.kind)
    shape = header.shape
    if frame is not None and shape[0] > 1:
        # One axis holds the frames, all after it have a length of one.
        reader.SetExtractSize([*header.size[:2], *(1 for _ in header.size[2:])])
        reader.SetExtractIndex([0, 0, *(frame if length > 1 else 0 for length in header.size[2:])])
        shape = (1, *shape[1:])
    with _itk_errors(header.path.name):
        values = itk.GetArrayFromImage(reader.Execute())
    if values.size != math.prod(shape):
        raise ImageError(f"Expected {math.prod(shape):,} pixels in {header.path.name}, but got {values.size:,}.")
    return np.asarray(values.reshape(shape))


def _reader(itk: Any, path: Path, kind: str) -> Any:
    itk.ProcessObject.SetGlobalWarningDisplay(False)
    reader = itk.ImageFileReader()
    reader.SetImageIO(_READERS[kind])
    reader.SetFileName(str(path))
    return reader


@contextmanager
def _itk_errors(name: str) -> Iterator[None]:
    """Turn ITK's exceptions into an ImageError, and drop what it prints."""
    try:
        with silent_stderr():
            yield
    except (RuntimeError, ValueError, OverflowError, MemoryError) as error:
        reason = " ".join(str(error).split()[-30:])
        raise ImageError(f"Expected a whole volume in {name}, but it is damaged or cut off: {reason}") from error


class _VolumeFrames:
    """8-bit frames: one by one from an uncompressed file, else all at once when the first one is asked for."""

    def __init__(self, header: _Header) -> None:
        self._header = header
        self._one_by_one = not header.is_colour_first and not is_compressed(header.path)
        self._values: Pixels | None = None
        self._lock = threading.Lock()

    @property
    def shape(self) -> tuple[int, ...]:
        """``(T, H, W)`` or ``(T, H, W, 3)``."""
        return (1, *self._header.size_hw, 3) if self._header.is_colour_first else self._header.shape

    def read(self, index: int) -> Pixels:
        """Read frame ``index``: ``(H, W)`` or ``(H, W, 3)`` uint8."""
        if self._one_by_one:
            pixels: Pixels = _read_values(self._header, index)[0]
            return pixels
        with self._lock:
            if self._values is None:
                self._values = _read_values(self._header)
                if self._header.is_colour_first:
                    self._values = np.moveaxis(self._values, 0, -1)[None]
            return np.asarray(self._values[index])
