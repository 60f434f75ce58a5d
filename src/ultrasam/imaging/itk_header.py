"""Where the pixels of a MetaImage or NRRD file are: checked before ITK allocates what the header claims."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from ultrasam.errors import ImageError

_HEADER_BYTES = 65536
#: A line of a MetaImage header. No other is passed over: what ITK makes of it could name another file.
_META_LINE = re.compile(rb"[ \t]*(\w+)[ \t]*=[ \t]*([^\s][^\r\n]*?)[ \t]*\r?\n")
#: The field that names the file with the pixels. It ends a MetaImage header; ITK goes by the beginning of the name.
_META_PIXELS = b"ElementDataFile"
_NRRD_PIXELS = re.compile(rb"^[ \t]*data ?file[ \t]*:[ \t]*([^\r\n]*?)[ \t]*\r?$", re.M | re.I)
_NRRD_END = re.compile(rb"\r?\n\r?\n")
_LONE_RETURN = re.compile(rb"\r(?!\n)")
_PACKED = re.compile(rb"^[ \t]*(?:CompressedData[ \t]*=[ \t]*True|encoding:[ \t]*(?!raw))", re.M | re.I)
_LOCAL = ("LOCAL", "Local", "local")


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


def find_pixels(path: Path) -> PixelFile:
    """Find the pixels of a MetaImage or NRRD file: in the file itself, or in one beside it.

    A header that names a file anywhere else is refused, as reading it would show any file of this computer.

    Raises:
        ImageError: the header is damaged, or the pixels are not there, elsewhere, or spread over many files.
    """
    head = _head(path)
    is_packed = _PACKED.search(head) is not None
    name, header_bytes = _named_pixels(head, path.name)
    if name in _LOCAL:
        return PixelFile(path.name, path.stat().st_size - header_bytes, is_packed)
    if name.startswith("LIST") or "%" in name:
        raise ImageError(
            f"Expected the pixels of {path.name} in one file, but they are spread over many: save them as one file."
        )
    beside = name.removeprefix("./")
    if PureWindowsPath(beside).name != beside:  # as on Windows, so that neither / nor \\ nor C: is in it
        raise ImageError(
            f"Expected the pixels of {path.name} in a file beside it, but its header names {name[:80]!r}: "
            "put both into one folder and name the file without folders."
        )
    try:
        held = (path.parent / beside).stat().st_size
    except (OSError, ValueError) as error:  # a damaged name may be too long, or no name at all
        raise ImageError(
            f"Expected the pixels of {path.name} in {beside[:80]!r} beside it, but there is no such file."
        ) from error
    return PixelFile(beside, held, is_packed)


def pixels_elsewhere(path: Path) -> str | None:
    """The other file that a MetaImage or NRRD header names for its pixels, as it stands; None where they follow it.

    Raises:
        ImageError: the header is damaged.
    """
    name, _ = _named_pixels(_head(path), path.name)
    return None if name in _LOCAL else name


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEADER_BYTES)


def _named_pixels(head: bytes, header_name: str) -> tuple[str, int]:
    """Where a header says that the pixels are, and its length."""
    return (_nrrd_pixels if head.startswith(b"NRRD") else _meta_pixels)(head, header_name)


def _meta_pixels(head: bytes, header_name: str) -> tuple[str, int]:
    """Where a MetaImage header says that the pixels are, and its length."""
    end = 0
    while line := _META_LINE.match(head, end):
        end = line.end()
        if line[1].startswith(_META_PIXELS):
            return line[2].decode(errors="replace"), end
    raise ImageError(
        f"Expected lines 'name = value' up to {_META_PIXELS.decode()} at the start of {header_name}, but got "
        f"{head[end : end + 40].decode(errors='replace')!r}: the header is damaged."
    )


def _nrrd_pixels(head: bytes, header_name: str) -> tuple[str, int]:
    """Where an NRRD header says that the pixels are, and its length."""
    found = _NRRD_END.search(head)
    end = found.end() if found else len(head)
    names = _NRRD_PIXELS.findall(head, 0, end)
    is_whole = found is not None or len(head) < _HEADER_BYTES
    if not is_whole or len(names) > 1 or _LONE_RETURN.search(head, 0, end):
        raise ImageError(
            f"Expected lines up to an empty one at the start of {header_name}, and one data file at most, but its "
            "header has none or is damaged."
        )
    return (names[0].decode(errors="replace") if names else _LOCAL[0]), end
