"""Arrays of NumPy files (``.npy``) as planes, read one by one; pickled objects, which may run code, are refused."""

from __future__ import annotations

import math
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from ultrasam.corpus.reading.stacks import ArrayStack, OpenStack
from ultrasam.corpus.sample import Unreadable
from ultrasam.corpus.source import SourceFile
from ultrasam.errors import InputError
from ultrasam.types import SpacingXY

_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


@dataclass(frozen=True)
class NpyStack:
    """An array ``(N, H, W)`` or ``(N, H, W, 1)`` with the numbers that are stored."""

    file: SourceFile

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The file."""
        return (self.file,)

    def open(self, resources: ExitStack) -> OpenStack:
        """Read the header only; an array in Fortran's order, of which no plane lies in one piece, is read whole.

        Raises:
            Unreadable: as :func:`npy_shape`.
        """
        stream = resources.enter_context(self.file.open())
        shape, is_fortran, dtype = _header(stream, self.file)
        if not is_fortran:
            return _Planes(stream, self.file, shape, dtype)
        values = np.frombuffer(stream.read(), dtype)
        return ArrayStack(values.reshape(shape, order="F"))


@dataclass(frozen=True)
class NpyImageStack:
    """The planes of :class:`NpyStack` as images: floats of 0 to 1 become 0 to 255, all else stays as it is.

    A plane with other floats is unreadable: nobody knows their scale.
    """

    file: SourceFile

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The file."""
        return (self.file,)

    def open(self, resources: ExitStack) -> OpenStack:
        """As that of :class:`NpyStack`."""
        return _Grey(NpyStack(self.file).open(resources), self.file)


def npy_shape(file: SourceFile) -> tuple[int, int, int]:
    """Planes, rows and columns, from the first bytes of a file.

    Raises:
        Unreadable: it is no NumPy file, is cut off, or holds something else than planes of numbers.
    """
    try:
        with file.open() as stream:
            return _header(stream, file)[0]
    except InputError as error:
        raise Unreadable(str(error)) from error


def _header(stream: BinaryIO, file: SourceFile) -> tuple[tuple[int, int, int], bool, np.dtype[Any]]:
    """Shape, whether its order is Fortran's, and type; the stream then is where the numbers begin."""
    try:
        shape, is_fortran, dtype = _HEADERS[np.lib.format.read_magic(stream)](stream)
    # Damaged headers make NumPy raise whatever Python's parser says of them.
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise Unreadable(f"Expected a NumPy file in {file.path}, but its header is damaged: {reason}") from error
    if dtype.kind not in "biuf":
        raise Unreadable(f"Expected numbers in {file.path}, but got {dtype}.")
    planes = shape[:3] if shape[3:] in ((), (1,)) else ()
    if len(planes) != 3 or min(planes) < 1:
        raise Unreadable(f"Expected planes, (N, rows, columns) or (N, rows, columns, 1), in {file.path}, got {shape}.")
    claimed, held = math.prod(planes) * dtype.itemsize, file.size - stream.tell()
    if claimed != held:
        raise Unreadable(f"Expected {claimed:,} bytes of numbers in {file.path}, but got {held:,}: it is damaged.")
    return planes, is_fortran, dtype


class _Planes:
    spacing_mm: SpacingXY | None = None

    def __init__(self, stream: BinaryIO, file: SourceFile, shape: tuple[int, int, int], dtype: np.dtype[Any]) -> None:
        self._stream = stream
        self._file = file
        self._shape = shape
        self._dtype = dtype
        self._start = stream.tell()

    def __len__(self) -> int:
        return self._shape[0]

    def plane(self, index: int) -> npt.NDArray[Any]:
        if not 0 <= index < len(self):
            raise Unreadable(f"Expected a plane {index} in {self._file.path}, but it has {len(self)}.")
        size = math.prod(self._shape[1:]) * self._dtype.itemsize
        self._stream.seek(self._start + index * size)
        return np.frombuffer(self._stream.read(size), self._dtype).reshape(self._shape[1:])


class _Grey:
    spacing_mm: SpacingXY | None = None

    def __init__(self, stack: OpenStack, file: SourceFile) -> None:
        self._stack = stack
        self._file = file

    def __len__(self) -> int:
        return len(self._stack)

    def plane(self, index: int) -> npt.NDArray[Any]:
        values = self._stack.plane(index)
        if values.dtype.kind != "f":
            return values
        grey = np.rint(values.astype(np.float32) * 255)
        if not (grey.min() >= 0 and grey.max() <= 255):
            raise Unreadable(
                f"Expected grey values from 0 to 1 in {self._file.path}, but a plane has {values.min():g} to "
                f"{values.max():g}: their scale is not known."
            )
        return grey.astype(np.uint8)
