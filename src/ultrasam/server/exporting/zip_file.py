"""The archive as it is written: one entry after the other, and texts that grow while entries are written."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, BinaryIO

from ultrasam.files import DISK_IS_FULL
from ultrasam.server.refusals import Full

if TYPE_CHECKING:
    from typing_extensions import Self

#: Bytes of a growing text that stay in memory.
_IN_MEMORY = 8 * 2**20
#: Characters that are copied at once.
_PIECE = 2**16
#: Made of what is packed already.
_PACKED = (".png", ".gz")


class ZipWriter:
    """Writes a zip file; what was begun and broken off is not closed as if it were whole.

    Args:
        file: can be written and sought.
        at: the time that all entries get.
    """

    def __init__(self, file: BinaryIO, at: datetime) -> None:
        self._zip = zipfile.ZipFile(file, "w")
        self._time = (max(at.year, 1980), at.month, at.day, at.hour, at.minute, at.second)

    def add(self, name: str, content: bytes) -> None:
        """Write one entry whole."""
        self._zip.writestr(self._entry(name), content)

    @contextmanager
    def stream(self, name: str) -> Iterator[IO[bytes]]:
        """Give a file to write one entry to, piece by piece; no other can be written meanwhile."""
        with self._zip.open(self._entry(name), "w", force_zip64=True) as file:
            yield file

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        if kind is None:
            self._zip.close()
        else:
            # It writes the list of entries, which on a full disk fails once more.
            with suppress(OSError, ValueError):
                self._zip.close()

    def _entry(self, name: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(name, self._time)
        entry.external_attr = 0o644 << 16
        entry.compress_type = zipfile.ZIP_STORED if name.endswith(_PACKED) else zipfile.ZIP_DEFLATED
        return entry


class GrowingText:
    """A text of any length that an entry is made of at the end.

    Args:
        folder: where it lies, once it is long; None for the system's.
    """

    def __init__(self, folder: Path | None) -> None:
        self._file = tempfile.SpooledTemporaryFile(  # noqa: SIM115  (closed by whoever has it)
            _IN_MEMORY, "w+", encoding="utf-8", newline="", dir=None if folder is None else str(folder)
        )

    def write(self, text: str) -> int:
        """Append."""
        return self._file.write(text)

    def copy_to(self, target: IO[bytes]) -> None:
        """Write all of it as UTF-8."""
        self._file.flush()
        self._file.seek(0)
        while piece := self._file.read(_PIECE):
            target.write(piece.encode())

    def close(self) -> None:
        """Forget it."""
        self._file.close()


@contextmanager
def full_disk_said() -> Iterator[None]:
    """Turn what the system says about a full disk into a refusal.

    Raises:
        Full: there is no room.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in DISK_IS_FULL:
            raise
        raise Full(
            "Expected room for the exported archive, but the disk is full: make room, or export fewer images at once."
        ) from error
