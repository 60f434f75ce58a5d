"""Whether a file is still the one that was annotated, even if it was copied and its time of writing is new."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from ultrasam.server.library.stamp import pixels_beside

_PIECE = 2**20
#: Pieces that are read of a larger file, so that opening a long cine does not wait for all of it.
_PIECES = 16


def fingerprint_of(path: Path) -> str:
    """A hash of an image's size and content; of a file beyond 16 MiB, of pieces from its beginning to its end.

    It covers the header and the pixels where these are in a file beside it.
    """
    found = hashlib.sha256()
    pixels = pixels_beside(path)
    for part in (path,) if pixels is None else (path, pixels):
        size = part.stat().st_size
        found.update(str(size).encode())
        for piece in _pieces(part, size):
            found.update(piece)
    return found.hexdigest()


def _pieces(path: Path, size: int) -> Iterator[bytes]:
    last = max(size - _PIECE, 0)
    with path.open("rb") as file:
        for number in range(min(_PIECES, -(-size // _PIECE))):
            file.seek(number * _PIECE if size <= _PIECES * _PIECE else last * number // (_PIECES - 1))
            yield file.read(_PIECE)
