"""One image of a data set with all that is annotated on it, before anything of it is decoded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from ultrasam.corpus.source import SourceFile
from ultrasam.types import Mask, SpacingXY

SplitName: TypeAlias = Literal["train", "val", "test"]


class Unreadable(Exception):  # noqa: N818  (it never leaves this room: the sample is listed as skipped)
    """An image or its annotation cannot be used; the message is the reason, a sentence."""


@dataclass(frozen=True)
class Remark:
    """Something about an annotation that a user of the data should know.

    Attributes:
        kind: the same words for all images that have it: ``"value outside the legend"``.
        detail: what exactly: ``"value 7"``.
        pixels: how many pixels of this image it concerns; 0 where that says nothing.
        is_loss: whether something that was annotated is missing for it. An image of which nothing else is left is no
            negative.
    """

    kind: str
    detail: str
    pixels: int = 0
    is_loss: bool = False


@dataclass(frozen=True, eq=False)
class Picture:
    """Decoded pixels.

    Attributes:
        pixels: ``(H, W)`` grey or ``(H, W, 3)`` RGB, uint8.
        spacing_mm: ``(x, y)`` millimetres per pixel where the file says so.
        encoded: the file's own bytes and suffix, where they are a PNG or JPEG that shows exactly these pixels: they
            are kept as they are.
    """

    pixels: npt.NDArray[np.uint8]
    spacing_mm: SpacingXY | None = None
    encoded: tuple[bytes, str] | None = None

    @property
    def size_hw(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.pixels.shape[0], self.pixels.shape[1]


@dataclass(frozen=True, eq=False)
class Annotated:
    """One annotated object.

    Attributes:
        category: name of its class, as the data set's card has it.
        mask: ``(H, W)`` bool.
    """

    category: str
    mask: Mask


@dataclass(frozen=True, eq=False)
class Annotations:
    """What one annotation file says about one image.

    Attributes:
        objects: in the file's order; one per annotated object, which may be in several pieces.
        remarks: what is odd about them.
    """

    objects: tuple[Annotated, ...] = ()
    remarks: tuple[Remark, ...] = ()


class PixelSource(Protocol):
    """Where the pixels of a sample come from. Implementations are frozen dataclasses: their repr is what they are."""

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The files that are read; the first one names the image."""
        ...

    def read(self) -> Picture:
        """Decode.

        Raises:
            Unreadable: the file is damaged or something else.
        """
        ...


class MaskSource(Protocol):
    """Where objects of a sample come from. Implementations are frozen dataclasses, as those of :class:`PixelSource`."""

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The files that are read."""
        ...

    def read(self, size_hw: tuple[int, int]) -> Annotations:
        """Decode the objects of an image of this size.

        Raises:
            Unreadable: the file is damaged, or does not fit the image.
        """
        ...


@dataclass(frozen=True)
class Sample:
    """One image and its annotation, both decoded when they are asked for.

    Its repr tells all that it is made of, so that two samples with one repr give the same image and objects.

    Attributes:
        name: unique in the data set, ``/``-separated: ``"benign/benign (1)"``; becomes the image's file name.
        pixels: the image.
        masks: its annotations.
        patient: who it is of, unique in the data set; None where unknown.
        sequence: the video, sweep or volume that it is out of; None for single pictures and where unknown.
        frame: 0-based place in the sequence.
        split: the official split.
        spacing_mm: ``(x, y)`` millimetres per pixel; None where only the file itself may say so.
        labels: image-level facts: ``(("diagnosis", "benign"), ("BI-RADS", "3"))``.
        is_negative_if_empty: whether an image without objects was looked at and has none. Otherwise nobody
            annotated it, and it is left out.
        licence: where it differs from the data set's.
    """

    name: str
    pixels: PixelSource
    masks: tuple[MaskSource, ...] = ()
    patient: str | None = None
    sequence: str | None = None
    frame: int | None = None
    split: SplitName | None = None
    spacing_mm: SpacingXY | None = None
    labels: tuple[tuple[str, str], ...] = field(default=())
    is_negative_if_empty: bool = True
    licence: str | None = None

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """All files that it is made of."""
        return (*self.pixels.files, *(file for mask in self.masks for file in mask.files))

    @property
    def source(self) -> str:
        """Path of the image inside the distribution."""
        return self.pixels.files[0].path
