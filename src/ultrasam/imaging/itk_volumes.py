"""MetaImage and NRRD files, with SimpleITK."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ultrasam.errors import ImageError
from ultrasam.extras import require
from ultrasam.imaging.itk_header import find_pixels
from ultrasam.imaging.limits import check_claimed_bytes, check_frame_size
from ultrasam.imaging.stderr_silence import silent_stderr
from ultrasam.imaging.volume import Volume, check_axes

_READERS = {"MetaImage": "MetaImageIO", "NRRD": "NrrdImageIO"}


def open_with_itk(path: Path, kind: str) -> Volume:
    """Read the header of a MetaImage (``.mha``, or ``.mhd`` with its pixels beside it) or NRRD file.

    Raises:
        ImageError: the header is damaged, claims more than the file can hold or names a file elsewhere, or the file
            has more axes than a cine, or pixels that are neither grey nor RGB.
        MissingExtraError: SimpleITK is not installed.
    """
    itk = require("SimpleITK", needed_for=f"{kind} files")
    itk.ProcessObject.SetGlobalWarningDisplay(False)
    name = path.name
    pixels = find_pixels(path)
    reader = _reader(itk, path, kind)
    with _itk_errors(name):
        reader.ReadImageInformation()
    size = tuple(int(n) for n in reader.GetSize())
    components = int(reader.GetNumberOfComponents())
    words = itk.GetPixelIDValueAsString(reader.GetPixelID())
    check_axes(size, name)
    if components not in (1, 3) or "complex" in words:
        raise ImageError(f"Expected grey or RGB pixels in {name}, but each has {components} numbers ({words}).")
    check_frame_size(size[0], size[1], name)
    pixel_type = _pixel_type(words)
    claimed = math.prod(size) * components * pixel_type.itemsize
    check_claimed_bytes(claimed, pixels.byte_count, pixels.name, is_packed=pixels.is_packed)
    shape = (math.prod(size[2:]), size[1], size[0], *((3,) if components == 3 else ()))

    def load(frame: int | None) -> npt.NDArray[Any]:
        reader = _reader(itk, path, kind)
        if frame is not None and shape[0] > 1:
            reader.SetExtractSize([*size[:2], *(1 for _ in size[2:])])
            reader.SetExtractIndex([0, 0, *(frame if n > 1 else 0 for n in size[2:])])
        with _itk_errors(name):
            values = itk.GetArrayFromImage(reader.Execute())
        return np.asarray(values.reshape(shape if frame is None else shape[1:]))

    x, y = (float(s) for s in reader.GetSpacing()[:2])
    spacing = (x, y) if all(math.isfinite(s) and s > 0 for s in (x, y)) else None
    # Of a compressed file, and of NRRD, ITK reads a part by reading everything.
    is_random_access = kind == "MetaImage" and not pixels.is_packed
    return Volume(path, kind, shape, spacing, pixel_type.name, load, is_random_access)


def _reader(itk: Any, path: Path, kind: str) -> Any:
    reader = itk.ImageFileReader()
    reader.SetImageIO(_READERS[kind])
    reader.SetFileName(str(path))
    return reader


def _pixel_type(words: str) -> np.dtype[Any]:
    """NumPy's type for what ITK calls e.g. ``vector of 8-bit unsigned integer``."""
    bits, kind = words.removeprefix("vector of ").split("-bit ")
    letter = {"unsigned integer": "u", "signed integer": "i", "float": "f"}[kind]
    return np.dtype(f"{letter}{int(bits) // 8}")


@contextmanager
def _itk_errors(name: str) -> Iterator[None]:
    """Turn ITK's exceptions into an ImageError, and drop what it prints."""
    try:
        with silent_stderr():
            yield
    except (RuntimeError, ValueError, OverflowError, MemoryError) as error:
        reason = " ".join(str(error).split()[-30:])
        raise ImageError(f"Expected a whole volume in {name}, but it is damaged or cut off: {reason}") from error
