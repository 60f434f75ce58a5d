"""Arrays of HDF5 files: pictures as planes of a stack, and columns of numbers or text beside them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ultrasam.corpus.reading.stacks import OpenStack
from ultrasam.corpus.sample import Unreadable
from ultrasam.corpus.source import SourceFile
from ultrasam.errors import InputError
from ultrasam.extras import require
from ultrasam.types import SpacingXY


@dataclass(frozen=True)
class Hdf5Stack:
    """An array ``(N, H, W)`` or ``(N, H, W, C)``, read plane by plane.

    Attributes:
        file: that it is in.
        name: of the array, with the groups that it is in: ``"image"``, ``"clips/image"``.
    """

    file: SourceFile
    name: str

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The file."""
        return (self.file,)

    def open(self, resources: ExitStack) -> OpenStack:
        """Open it and read nothing yet.

        Raises:
            Unreadable: it is no HDF5 file, or has no such array.
        """
        array = _array(resources.enter_context(_opened(self.file)), self.file, self.name)
        if array.ndim not in (3, 4):
            raise Unreadable(f"Expected planes in {self.name!r} of {self.file.path}, but got the shape {array.shape}.")
        return _Planes(array, self.file)


def hdf5_columns(file: SourceFile, *names: str) -> list[npt.NDArray[Any]]:
    """Arrays of one value per row, flattened, with text as ``str``.

    Raises:
        InputError: the file is no HDF5 file, an array is missing, or they differ in length.
        MissingExtraError: h5py is not installed.
    """
    try:
        with _opened(file) as opened:
            columns = [np.ravel(_array(opened, file, name)[()]) for name in names]
    except Unreadable as error:
        raise InputError(str(error)) from error
    lengths = [len(column) for column in columns]
    if len(set(lengths)) > 1:
        raise InputError(f"Expected arrays of one length in {file.path}, but {', '.join(names)} have {lengths}.")
    return [np.array([_text(v) for v in column], str) if column.dtype.kind in "OS" else column for column in columns]


class _Planes:
    spacing_mm: SpacingXY | None = None

    def __init__(self, array: Any, file: SourceFile) -> None:
        self._array = array
        self._file = file

    def __len__(self) -> int:
        return len(self._array)

    def plane(self, index: int) -> npt.NDArray[Any]:
        with _errors(self._file):
            return np.asarray(self._array[index])


@contextmanager
def _opened(file: SourceFile) -> Iterator[Any]:
    h5py = require("h5py", needed_for="HDF5 files")
    # h5py reads from streams too, which saves a copy of files of many gigabytes that are not packed.
    with ExitStack() as resources:
        with _errors(file):
            stream = resources.enter_context(file.open_unpacked())
            opened = resources.enter_context(h5py.File(stream, "r"))
        yield opened


def _array(opened: Any, file: SourceFile, name: str) -> Any:
    with _errors(file):
        found = opened.get(name)
    if not hasattr(found, "shape"):
        there = ", ".join(sorted(opened)) or "none"
        raise Unreadable(f"Expected an array {name!r} in {file.path}, but there are: {there}.")
    return found


@contextmanager
def _errors(file: SourceFile) -> Iterator[None]:
    try:
        yield
    # h5py says of damaged files whatever HDF5, NumPy and Python say there.
    except (OSError, RuntimeError, ValueError, LookupError, InputError) as error:
        reason = " ".join(str(error).split())
        raise Unreadable(f"Expected an HDF5 file in {file.path}, but it cannot be read: {reason}") from error


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
