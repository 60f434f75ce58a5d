"""Sizes of volumes, pictures and videos, from their first bytes: samples are listed before anything is decoded."""

from __future__ import annotations

import gzip
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PIL import Image

from ultrasam.corpus.sample import Unreadable
from ultrasam.corpus.source import SourceFile
from ultrasam.errors import InputError
from ultrasam.extras import require

_META_IMAGE = re.compile(rb"^\s*DimSize\s*=\s*([\d ]+?)\s*$", re.MULTILINE)
_HEAD_BYTES = 4096
_MM_PER_UNIT = {"meter": 1e3, "micron": 1e-3}
#: Bytes from the name of an AVI file's main header to its number of frames (Microsoft, AVI RIFF File Reference).
_AVI_LENGTH = 24


def volume_size(file: SourceFile) -> tuple[int, ...]:
    """Sizes along ``(x, y, z, …)`` of a NIfTI file (``.nii``, ``.nii.gz``) or a MetaImage (``.mha``, ``.mhd``).

    Raises:
        Unreadable: its header is damaged or of another kind.
    """
    with _damage_said(file):
        if file.suffix in (".mha", ".mhd"):
            with file.open() as stream:
                found = _META_IMAGE.search(stream.read(_HEAD_BYTES))
            size = tuple(int(number) for number in found[1].split()) if found else ()
        else:
            size = tuple(int(number) for number in _nifti_header(file).get_data_shape())
    if not size or min(size) < 1:
        raise Unreadable(f"Expected the header of a volume in {file.path}, but its size is missing.")
    return size


def voxel_size(file: SourceFile) -> tuple[float, float, float] | None:
    """Millimetres along ``(x, y, z)`` of a NIfTI file; None where its header says nothing, or 1 everywhere.

    Raises:
        Unreadable: its header is damaged or of another kind.
    """
    with _damage_said(file):
        header = _nifti_header(file)
        unit = _MM_PER_UNIT.get(header.get_xyzt_units()[0], 1.0)
        # NIfTI stores 32-bit floats; as the shortest decimal 0.308 stays 0.308.
        x, y, z = (float(str(zoom)) * unit for zoom in header.get_zooms()[:3])
    is_known = all(math.isfinite(size) and size > 0 for size in (x, y, z)) and (x, y, z) != (1, 1, 1)
    return (x, y, z) if is_known else None


def picture_size(file: SourceFile) -> tuple[int, int]:
    """Width and height of a picture.

    Raises:
        Unreadable: its header is damaged or of another kind.
    """
    try:
        with file.open() as stream, Image.open(stream) as picture:
            width, height = picture.size
    except (OSError, ValueError, SyntaxError, InputError, Image.DecompressionBombError) as error:
        raise Unreadable(f"Expected a picture in {file.path}, but its header is damaged.") from error
    return width, height


def avi_length(file: SourceFile) -> int | None:
    """Number of frames that an AVI file says it has; None where it does not say, or is damaged."""
    try:
        with file.open() as stream:
            head = stream.read(_HEAD_BYTES)
        return int.from_bytes(head[head.index(b"avih") :][_AVI_LENGTH:][:4], "little") or None
    except (OSError, ValueError, InputError):
        return None


def _nifti_header(file: SourceFile) -> Any:
    nibabel = require("nibabel", needed_for="NIfTI files")
    with file.open() as stream:
        unpacked = gzip.GzipFile(fileobj=stream) if file.suffix.endswith(".gz") else stream
        return nibabel.Nifti1Header.from_fileobj(unpacked, check=False)


@contextmanager
def _damage_said(file: SourceFile) -> Iterator[None]:
    try:
        yield
    # nibabel meets damaged headers with whatever Python and NumPy raise there.
    except Exception as error:
        reason = " ".join(str(error).split())
        raise Unreadable(f"Expected a volume in {file.path}, but its header is damaged: {reason}") from error
