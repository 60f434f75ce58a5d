"""Where the pixels of a MetaImage or NRRD file are: checked before ITK allocates what the header claims."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ultrasam.errors import ImageError

_HEADER_BYTES = 65536
#: The field that names the file with the pixels: the last line of a MetaImage header, any line of an NRRD one.
_META_PIXELS = re.compile(rb"^[ \t]*ElementDataFile[ \t]*=[ \t]*([^\r\n]*?)[ \t]*\r?\n", re.M)
_NRRD_PIXELS = re.compile(rb"^data ?file:[ \t]*([^\r\n]*?)[ \t]*\r?\n", re.M | re.I)
_NRRD_END = re.compile(rb"\r?\n\r?\n")
_PACKED = re.compile(rb"^[ \t]*(?:CompressedData[ \t]*=[ \t]*True|encoding:[ \t]*(?!raw))", re.M | re.I)


@dataclass(frozen=True)
class PixelFile:
    """The part of a file, or the file, that holds the pixels.

    Attributes:
        name: of the file.
        byte_count: how many bytes there are, at most.
        is_packed: whether they are compressed (or text), so that there may be fewer of them than pixels.
    """

    name: str
    byte_count: int
    is_packed: bool


def find_pixels(path: Path) -> PixelFile | None:
    """Find the pixels of a MetaImage or NRRD file; None where they are spread over many files.

    Raises:
        ImageError: they are in a file that is not there.
    """
    with path.open("rb") as file:
        head = file.read(_HEADER_BYTES)
    is_packed = _PACKED.search(head) is not None
    found = (_NRRD_PIXELS if head.startswith(b"NRRD") else _META_PIXELS).search(head)
    name = found[1].decode(errors="replace") if found else "LOCAL"
    if name.upper() == "LOCAL":
        end = _NRRD_END.search(head) if head.startswith(b"NRRD") else found
        return PixelFile(path.name, path.stat().st_size - (end.end() if end else 0), is_packed)
    if "%" in name or name.startswith("LIST"):
        return None
    try:
        held = (path.parent / name).stat().st_size
    except (OSError, ValueError) as error:  # a damaged name may be too long, or no name at all
        raise ImageError(
            f"Expected the pixels of {path.name} in {name[:80]!r} beside it, but there is no such file."
        ) from error
    return PixelFile(name, held, is_packed)
