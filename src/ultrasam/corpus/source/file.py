"""One file of a data set, wherever it lies."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from ultrasam.corpus.source.places import Place
from ultrasam.corpus.source.stretches import Stretches
from ultrasam.errors import InputError, UltraSamError

_DOUBLE_SUFFIX = re.compile(r".+(\.(?:nii|tar)\.gz)", re.IGNORECASE | re.DOTALL)
#: Bytes that are read at a time.
CHUNK = 1 << 18
_DISK_IS_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class SourceFile:
    """A file inside a distribution; reading it raises InputError where it is damaged.

    Attributes:
        path: inside the distribution, with ``/``; archives in it are folders named after them, without suffix.
        size: in bytes, unpacked.
        stamp: another one where the content is another: ``"crc:1a2b3c4d"``, or ``"mtime:<nanoseconds>"``.
        place: how to get the bytes; can be sent to other processes.
        scratch: the folder of its source for copies, of all processes; the system's temporary folder where None.
    """

    path: str
    size: int
    stamp: str
    place: Place = field(repr=False, compare=False)
    scratch: Path | None = field(default=None, repr=False, compare=False)

    @property
    def parts(self) -> tuple[str, ...]:
        """Folders and name."""
        return tuple(self.path.split("/"))

    @property
    def folder(self) -> str:
        """``"Benign/image"`` of ``"Benign/image/194.jpg"``, ``""`` of a file that is in no folder."""
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        """``"194.jpg"``."""
        return self.path.rpartition("/")[2]

    @property
    def suffix(self) -> str:
        """``".jpg"``, in lower case; ``".nii.gz"`` and ``".tar.gz"`` are one suffix."""
        double = _DOUBLE_SUFFIX.fullmatch(self.name)
        return (double[1] if double else PurePosixPath(self.name).suffix).lower()

    @property
    def stem(self) -> str:
        """``"194"``: the name without its suffix."""
        return self.name[: len(self.name) - len(self.suffix)]

    def open(self) -> BinaryIO:
        """A stream that can seek, for files that are better not held in memory."""
        with self._errors_said():
            stream = self.place.open()
        return stream if self.place.path else io.BufferedReader(_Said(self, stream), CHUNK)

    def read(self) -> bytes:
        """The whole content."""
        with self._errors_said(), self.place.open() as stream:
            data = stream.read()
        if len(data) != self.size:
            raise self._error(f"{len(data):,} of {self.size:,} bytes")
        return data

    def stretches(self) -> Stretches | None:
        """Where on the disk the content lies as it is; None where it lies there packed only."""
        with self._errors_said():
            return self.place.stretches()

    @contextmanager
    def on_disk(self) -> Iterator[Path]:
        """The file itself, or a copy of the same suffix that is removed afterwards, for readers that need a path.

        A copy is alone in its folder: what lies beside the file in the archive is not there.
        """
        if self.place.path:
            yield self.place.path
            return
        with tempfile.TemporaryDirectory(prefix="ultrasam-", dir=self.scratch) as folder:
            copy = Path(folder) / f"file{self.suffix}"
            self.copy_to(copy)
            yield copy

    def open_unpacked(self) -> BinaryIO:
        """A stream like that of :meth:`open`, for readers that jump to and fro, which is slow in what is packed.

        What is packed is copied to the scratch folder, once for all who read it, and stays there until the source is
        closed.
        """
        if self.scratch is None or self.stretches() is not None:
            return self.open()
        copy = self.scratch / hashlib.sha256(repr(self).encode()).hexdigest()
        if not copy.exists():
            with tempfile.TemporaryDirectory(prefix="ultrasam-", dir=self.scratch) as folder:
                unpacked = Path(folder) / "file"
                self.copy_to(unpacked)
                unpacked.replace(copy)
        return copy.open("rb")

    def copy_to(self, path: Path) -> None:
        """Write the content to a new file.

        Raises:
            InputError: the content is damaged.
            UltraSamError: the disk is full, which is no fault of this file.
        """
        try:
            with self.open() as stream, path.open("wb") as target:
                shutil.copyfileobj(stream, target, CHUNK)
        except OSError as error:
            if error.errno not in _DISK_IS_FULL:
                raise
            raise UltraSamError(
                f"Expected room for a copy of {self.path} ({self.size:,} bytes) in {path.parent}, but the disk is "
                "full: free some room, or choose another folder."
            ) from error

    @contextmanager
    def _errors_said(self) -> Iterator[None]:
        try:
            yield
        except self.place.errors as error:
            # Without the path, which is another one on each machine.
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise self._error(reason) from error

    def _error(self, what: str) -> InputError:
        return InputError(
            f"Expected {self.path} to be readable, but got: {what}. It, or the archive that it is in, is damaged, "
            "gone, or another one by now."
        )


class _Said(io.RawIOBase):
    """A stream that says of which file it is when its bytes turn out to be damaged."""

    def __init__(self, file: SourceFile, stream: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self._stream = stream

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._stream.tell()

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        with self._file._errors_said():
            return self._stream.seek(offset, whence)

    def readinto(self, buffer: Any) -> int:
        with self._file._errors_said():
            data = self._stream.read(len(buffer))
            position = self._stream.tell()
        if not data and len(buffer) and position < self._file.size:
            raise self._file._error(f"{position:,} of {self._file.size:,} bytes")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()
