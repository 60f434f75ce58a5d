"""Sizes of volumes and pictures, from their first bytes: samples are listed before anything is decoded."""

from __future__ import annotations

import gzip
import re
from typing import Any

from PIL import Image

from ultrasam.corpus.sample import Unreadable
from ultrasam.corpus.source import SourceFile
from ultrasam.errors import InputError
from ultrasam.extras import require

_META_IMAGE = re.compile(rb"^\s*DimSize\s*=\s*([\d ]+?)\s*$", re.MULTILINE)
_HEAD_BYTES = 4096


def volume_size(file: SourceFile) -> tuple[int, ...]:
    """Sizes along ``(x, y, z, …)`` of a NIfTI file (``.nii``, ``.nii.gz``) or a MetaImage (``.mha``, ``.mhd``).

    Raises:
        Unreadable: its header is damaged or of another kind.
    """
    try:
        with file.open() as stream:
            if file.suffix in (".mha", ".mhd"):
                found = _META_IMAGE.search(stream.read(_HEAD_BYTES))
                size = tuple(int(number) for number in found[1].split()) if found else ()
            else:
                size = _nifti_size(gzip.GzipFile(fileobj=stream) if file.suffix.endswith(".gz") else stream)
    # nibabel meets damaged headers with whatever Python and NumPy raise there.
    except Exception as error:
        reason = " ".join(str(error).split())
        raise Unreadable(f"Expected a volume in {file.path}, but its header is damaged: {reason}") from error
    if not size or min(size) < 1:
        raise Unreadable(f"Expected the header of a volume in {file.path}, but its size is missing.")
    return size


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


def _nifti_size(stream: Any) -> tuple[int, ...]:
    nibabel = require("nibabel", needed_for="NIfTI files")
    header = nibabel.Nifti1Header.from_fileobj(stream, check=False)
    return tuple(int(number) for number in header.get_data_shape())
