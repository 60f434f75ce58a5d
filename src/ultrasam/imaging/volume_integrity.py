"""What must be true of a volume file before ITK is let at its pixels.

ITK allocates what a header claims, and leaves the missing pixels of a NIfTI file that was cut off uninitialised.
"""

from __future__ import annotations

import gzip
import re
import zlib
from pathlib import Path

from ultrasam.errors import ImageError

#: Deflate, the compression of all these formats, cannot make data smaller than this.
_MOST_COMPRESSION = 1032
_HEADER_BYTES = 65536
_GZIP = b"\x1f\x8b"
#: Header fields of MetaImage and NRRD that name the file with the pixels.
_DETACHED = re.compile(rb"^[ \t]*(?:ElementDataFile[ \t]*=|data ?file:)[ \t]*(\S[^\r\n]*?)[ \t]*\r?$", re.M)
_COMPRESSED = re.compile(rb"^[ \t]*(?:CompressedData[ \t]*=[ \t]*True|encoding:[ \t]*(?!raw))", re.M | re.I)


def check_nifti_name(path: Path) -> None:
    """Pass if ITK will take the file for NIfTI: it goes by the name.

    Raises:
        ImageError: the name does not end in .nii or .nii.gz, as its content asks for.
    """
    compressed = _head(path).startswith(_GZIP)
    suffixes = (".nii.gz",) if compressed else (".nii", ".nii.gz")
    if not path.name.lower().endswith(suffixes):
        raise ImageError(
            f"Expected the NIfTI file {path.name} under a name that ends in {' or '.join(suffixes)}: rename it."
        )


def check_nifti_whole(path: Path, stored_bytes: int) -> None:
    """Pass if a NIfTI file holds ``stored_bytes`` bytes (unpacked, with its header), and its checksum is right.

    Raises:
        ImageError: it is shorter, or was damaged.
    """
    try:
        if not _head(path).startswith(_GZIP):
            held = path.stat().st_size
        else:
            held = 0
            with gzip.open(path) as file:
                while chunk := file.read(2**20):
                    held += len(chunk)
    except (EOFError, OSError, zlib.error) as error:
        raise ImageError(
            f"Expected a whole NIfTI file in {path.name}, but it is cut off or damaged: {error}"
        ) from error
    if held < stored_bytes:
        raise ImageError(
            f"Expected a whole NIfTI file in {path.name}, but it is cut off: its header claims {stored_bytes:,} bytes, "
            f"and it holds {held:,}."
        )


def check_pixel_file(path: Path, pixel_bytes: int) -> None:
    """Pass if the pixels of a MetaImage or NRRD header can be there: in the same file or in one that it names.

    Raises:
        ImageError: the file with the pixels is missing, or so small that the claim cannot be true.
    """
    found = _DETACHED.search(_head(path))
    name = found[1].decode(errors="replace") if found else "LOCAL"
    if "%" in name or name.startswith("LIST"):
        return  # one file per slice; ITK says what is missing
    pixels = path if name == "LOCAL" else path.parent / name
    if not pixels.is_file():
        raise ImageError(f"Expected the pixels of {path.name} in {name} beside it, but there is no such file.")
    held = pixels.stat().st_size
    if pixel_bytes > held * (_MOST_COMPRESSION if is_compressed(path) else 1):
        raise ImageError(
            f"Expected whole pixels in {pixels.name}, but it is damaged or cut off: its header claims "
            f"{pixel_bytes:,} bytes of pixels, and the file holds {held:,}."
        )


def is_compressed(path: Path) -> bool:
    """Whether pixels are compressed, so that a frame can only be had by reading all of them."""
    head = _head(path)
    return head.startswith(_GZIP) or _COMPRESSED.search(head) is not None


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEADER_BYTES)
