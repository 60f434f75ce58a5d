"""Bytes that lie on the disk as they are: a whole file, a part of one, or the parts of a split one."""

from __future__ import annotations

import io
import os
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, BinaryIO


@dataclass(frozen=True)
class Stretch:
    """``size`` bytes of a file from byte ``start`` on."""

    path: Path
    start: int
    size: int


@dataclass(frozen=True)
class Stretches:
    """Bytes that read as one file, one stretch after the other."""

    stretches: tuple[Stretch, ...]

    @classmethod
    def of_file(cls, path: Path) -> Stretches:
        """A whole file."""
        return cls((Stretch(path, 0, path.stat().st_size),))

    @property
    def size(self) -> int:
        """In bytes."""
        return sum(stretch.size for stretch in self.stretches)

    def __add__(self, other: Stretches) -> Stretches:
        return Stretches(self.stretches + other.stretches)

    def window(self, start: int, size: int) -> Stretches:
        """``size`` bytes from byte ``start`` on, fewer where these end before."""
        found, at = [], 0
        for stretch in self.stretches:
            first, last = max(start - at, 0), min(start + size - at, stretch.size)
            if first < last:
                found.append(Stretch(stretch.path, stretch.start + first, last - first))
            at += stretch.size
        return Stretches(tuple(found))

    def open(self) -> BinaryIO:
        """A stream that can seek."""
        return io.BufferedReader(_Joined(self.stretches))


class _Joined(io.RawIOBase):
    def __init__(self, stretches: tuple[Stretch, ...]) -> None:
        super().__init__()
        self._stretches = stretches
        self._ends = list(accumulate(stretch.size for stretch in stretches))
        self._files: dict[Path, io.FileIO] = {}
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        size = self._ends[-1] if self._ends else 0
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: size}[whence]
        if origin + offset < 0:
            raise OSError("cannot seek to before the first byte")
        self._position = origin + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        number = bisect_right(self._ends, self._position)
        if number == len(self._ends):
            return 0
        stretch, left = self._stretches[number], self._ends[number] - self._position
        file = self._file(stretch.path)
        file.seek(stretch.start + stretch.size - left)
        count = file.readinto(memoryview(buffer)[:left])
        if not count and len(buffer):
            # Nothing read would pass for the end of the stream.
            raise EOFError(f"{stretch.path.name} has become shorter")
        self._position += count
        return count

    def close(self) -> None:
        for file in self._files.values():
            file.close()
        super().close()

    def _file(self, path: Path) -> io.FileIO:
        if path not in self._files:
            self._files[path] = io.FileIO(path)
        return self._files[path]
