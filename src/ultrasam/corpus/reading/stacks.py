"""Volumes, cines and videos as stacks of planes: each plane is a sample of its own, each file is opened once.

A stack that was opened last stays open in its process, so that the samples of one file, which come one after the
other, do not decode it again and again; no more than two are open at a time, an image's and its mask's.
"""

from __future__ import annotations

from collections import OrderedDict
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from ultrasam.corpus.reading.beside import on_disk_together
from ultrasam.corpus.reading.failures import unreadable
from ultrasam.corpus.reading.pictures import plain
from ultrasam.corpus.sample import Picture, Unreadable
from ultrasam.corpus.source import SourceFile
from ultrasam.imaging import read
from ultrasam.imaging.reading import file_kind
from ultrasam.imaging.volumes import read_stored_values
from ultrasam.types import SpacingXY

#: How planes are turned before they are shown: rows in opposite order, columns, or both (by 180°).
Turn: TypeAlias = Literal["none", "rows", "columns", "half"]
#: Axis of the file along which planes follow each other; the other two are rows and columns of a plane, in the
#: order of the array ``(z, y, x)``.
Axis: TypeAlias = Literal["z", "y", "x"]
_MOST_OPEN = 2


class OpenStack(Protocol):
    """A file that is open."""

    def __len__(self) -> int:
        """Number of planes."""
        ...

    def plane(self, index: int) -> npt.NDArray[Any]:
        """``(H, W)``, or ``(H, W, C)``, as stored."""
        ...

    @property
    def spacing_mm(self) -> SpacingXY | None:
        """``(x, y)`` of a plane."""
        ...


class Stack(Protocol):
    """A file with planes; implementations are frozen dataclasses."""

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The file."""
        ...

    def open(self, resources: ExitStack) -> OpenStack:
        """Open it; what must be closed or removed later goes into ``resources``."""
        ...


@dataclass(frozen=True)
class ImageStack:
    """Planes of a volume (NIfTI, MetaImage, NRRD), frames of a video or of a multi-page picture, as 8-bit images.

    Attributes:
        file: the volume or video.
        axis: along which its planes follow each other.
        beside: the file with the pixels, where the first one is a header only.
    """

    file: SourceFile
    axis: Axis = "z"
    beside: SourceFile | None = None

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The file, and the one beside it."""
        return (self.file,) if self.beside is None else (self.file, self.beside)

    def open(self, resources: ExitStack) -> OpenStack:
        """Frames are decoded one by one where the format allows it."""
        path = resources.enter_context(on_disk_together(self.files))
        with unreadable(self.file, path):
            image = resources.enter_context(read(path))
            if self.axis == "z":
                return _Frames(image, self.file, path)
            return ArrayStack(along(np.stack([frame.pixels for frame in image]), self.axis))


@dataclass(frozen=True)
class LabelStack:
    """Planes of a label volume, with the numbers that are stored; attributes are those of :class:`ImageStack`."""

    file: SourceFile
    axis: Axis = "z"
    beside: SourceFile | None = None

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The file, and the one beside it."""
        return (self.file,) if self.beside is None else (self.file, self.beside)

    def open(self, resources: ExitStack) -> OpenStack:  # noqa: ARG002  (nothing stays open)
        """Read the numbers of the whole volume."""
        with on_disk_together(self.files) as path, unreadable(self.file, path):
            return ArrayStack(along(read_stored_values(path, str(file_kind(path))), self.axis))


@dataclass(frozen=True)
class Plane:
    """One plane of a stack as an image."""

    stack: Stack
    index: int
    turn: Turn = "none"

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The stack's file."""
        return self.stack.files

    def read(self) -> Picture:
        """Decode the plane."""
        stack = opened_stack(self.stack)
        with unreadable(self.files[0]):
            pixels = turned(stack.plane(self.index), self.turn)
        if pixels.dtype != np.uint8 or not (pixels.ndim == 2 or pixels.shape[2:] == (3,)):
            raise Unreadable(
                f"Expected 8-bit grey or RGB pixels in {self.files[0].path}, but got {pixels.shape} {pixels.dtype}."
            )
        return Picture(plain(np.ascontiguousarray(pixels)), stack.spacing_mm)


@dataclass(frozen=True)
class LabelPlane:
    """One plane of a stack as labels.

    Attributes:
        stack: where they are.
        index: of the plane.
        turn: as that of the image.
        channel: of planes ``(H, W, C)``.
    """

    stack: Stack
    index: int
    turn: Turn = "none"
    channel: int | None = None

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The stack's file."""
        return self.stack.files

    def load(self) -> npt.NDArray[Any]:
        """Labels ``(H, W)``."""
        stack = opened_stack(self.stack)
        with unreadable(self.files[0]):
            if self.index >= len(stack):
                raise Unreadable(f"Expected a plane {self.index} in {self.files[0].path}, but it has {len(stack)}.")
            plane = stack.plane(self.index)
        return turned(plane if self.channel is None else plane[..., self.channel], self.turn)


@dataclass(frozen=True, eq=False)
class ArrayStack:
    """Planes ``(N, H, W)`` or ``(N, H, W, C)`` in memory."""

    values: npt.NDArray[Any]
    spacing_mm: SpacingXY | None = None

    def __len__(self) -> int:
        return len(self.values)

    def plane(self, index: int) -> npt.NDArray[Any]:
        """``(H, W)`` or ``(H, W, C)``."""
        return np.asarray(self.values[index])


class _Frames:
    def __init__(self, image: Any, file: SourceFile, path: Path) -> None:
        self._image = image
        self._file = file
        self._path = path
        self.spacing_mm: SpacingXY | None = image.spacing_mm

    def __len__(self) -> int:
        return len(self._image)

    def plane(self, index: int) -> npt.NDArray[Any]:
        with unreadable(self._file, self._path):
            return np.asarray(self._image.frame(index).pixels)


_open: OrderedDict[Stack, tuple[OpenStack, ExitStack]] = OrderedDict()


def opened_stack(stack: Stack) -> OpenStack:
    """The stack, opened now or a moment ago.

    Raises:
        Unreadable: it cannot be read.
    """
    if stack in _open:
        _open.move_to_end(stack)
        return _open[stack][0]
    while len(_open) >= _MOST_OPEN:
        _open.popitem(last=False)[1][1].close()
    with ExitStack() as resources:
        with unreadable(stack.files[0]):
            opened = stack.open(resources)
        _open[stack] = (opened, resources.pop_all())
    return opened


def close_stacks() -> None:
    """Close what is still open in this process, and remove its temporary copies."""
    while _open:
        _open.popitem()[1][1].close()


def plane_count(stack: Stack) -> int:
    """Number of planes.

    Raises:
        Unreadable: it cannot be read.
    """
    return len(opened_stack(stack))


def along(values: npt.NDArray[Any], axis: Axis) -> npt.NDArray[Any]:
    """A volume ``(z, y, x, …)`` as planes along an axis: ``(y, z, x, …)`` for y, ``(x, z, y, …)`` for x."""
    return np.moveaxis(values, {"z": 0, "y": 1, "x": 2}[axis], 0)


def turned(plane: npt.NDArray[Any], turn: Turn) -> npt.NDArray[Any]:
    """A plane ``(H, W, …)`` turned."""
    rows, columns = {"none": (1, 1), "rows": (-1, 1), "columns": (1, -1), "half": (-1, -1)}[turn]
    return plane[::rows, ::columns]
