"""What a file becomes: frames, and what is known about them. Nothing here knows a file format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ultrasam.errors import ImageError
from ultrasam.types import Mask, Pixels, SpacingXY

#: The calibration of an image whose file says no spacing, and that was given none.
NOT_CALIBRATED = "not calibrated"


@dataclass(frozen=True)
class Region:
    """A rectangle of the image with its own physical scale (DICOM PS3.3 C.8.5.5, ultrasound region).

    Attributes:
        box_xyxy: pixels ``(x0, y0, x1, y1)``, x1 and y1 exclusive.
        spacing_mm: ``(x, y)`` millimetres per pixel, or None where an axis is not a distance (a spectrum's
            seconds and cm/s, M-mode's time) or the unit is unknown.
        kind: ``"tissue"``, ``"color flow"``, ``"spectral"``, ``"m-mode"``, ``"graphics"`` or ``"unknown"``.
        spacing_source: where the spacing was read, in words a user can check: ``"PixelSpacing"``,
            ``"SequenceOfUltrasoundRegions"``, ``"NIfTI header"``, ``"given by the user"``.
    """

    box_xyxy: tuple[int, int, int, int]
    spacing_mm: SpacingXY | None = None
    kind: str = "unknown"
    spacing_source: str | None = None

    @classmethod
    def given(cls, size_hw: tuple[int, int], spacing_mm: SpacingXY) -> Region:
        """The whole of an image of ``size_hw``, with the ``(x, y)`` mm per pixel that the user gave."""
        height, width = size_hw
        x, y = spacing_mm
        return cls((0, 0, width, height), (float(x), float(y)), spacing_source="given by the user")

    def pixels_inside(self, mask: Mask) -> int:
        """Number of True pixels of ``mask`` ``(H, W)`` that lie in this region."""
        x0, y0, x1, y1 = self.box_xyxy
        return int(mask[max(y0, 0) : y1, max(x0, 0) : x1].sum())


def spacing_for(mask: Mask, regions: tuple[Region, ...]) -> SpacingXY | None:
    """The spacing ``(x, y)`` in mm of the region that holds most of a mask.

    Of several (regions may overlap) the smallest counts, as it is the most specific. An empty mask, which lies
    nowhere, has the spacing that all calibrated regions agree on.

    Returns:
        None where no region holds more than half of the mask, or where the one that does has no distances.
    """
    total = int(mask.sum())
    if not total:
        return _agreed_spacing(regions)
    return spacing_of_smallest([region for region in regions if 2 * region.pixels_inside(mask) > total])


def spacing_of_smallest(regions: Sequence[Region]) -> SpacingXY | None:
    """The spacing of the smallest of some regions, as it is the most specific; None where there is none."""
    return min(regions, key=_area).spacing_mm if regions else None


def calibration_of(regions: tuple[Region, ...]) -> str:
    """In words: ``"0.0789 x 0.0789 mm per pixel (PixelSpacing)"``, or ``"not calibrated"``."""
    known = {(r.spacing_mm, r.spacing_source) for r in regions if r.spacing_mm is not None}
    if not known:
        return NOT_CALIBRATED
    sources = ", ".join(sorted({str(source) for _, source in known}))
    spacing_mm = _agreed_spacing(regions)
    if spacing_mm is None:
        return f"regions with different spacing ({sources})"
    x, y = spacing_mm
    return f"{x:.4g} x {y:.4g} mm per pixel ({sources})"


def _agreed_spacing(regions: tuple[Region, ...]) -> SpacingXY | None:
    """The one spacing of all calibrated regions; None where there is none, or more than one."""
    spacings = {region.spacing_mm for region in regions if region.spacing_mm is not None}
    return spacings.pop() if len(spacings) == 1 else None


def _area(region: Region) -> int:
    x0, y0, x1, y1 = region.box_xyxy
    return (x1 - x0) * (y1 - y0)


@dataclass(frozen=True)
class Source:
    """Where an image comes from: technical facts only, never who the patient is.

    Attributes:
        name: file name without folders.
        format: ``"PNG"``, ``"DICOM"``, ``"NIfTI"``, …
        details: format-specific technical facts worth showing (transfer syntax, manufacturer, colour space,
            how grey values were scaled); keys are plain words.
    """

    name: str
    format: str
    details: dict[str, str]


class Frames(Protocol):
    """Frames that are decoded when they are asked for. Readers derive from it and keep its :meth:`close`, or not."""

    @property
    def shape(self) -> tuple[int, ...]:
        """``(T, H, W)`` or ``(T, H, W, 3)``."""
        ...

    def read(self, index: int) -> Pixels:
        """Decode frame ``index`` (0 to T - 1): ``(H, W)`` or ``(H, W, 3)`` uint8."""
        ...

    def close(self) -> None:
        """Close what is open; nothing is read after it. Most readers open their file for each frame only."""
        return


class ArrayFrames(Frames):
    """Frames that are already in memory."""

    def __init__(self, array: npt.NDArray[np.uint8]) -> None:
        if array.dtype != np.uint8 or not (array.ndim == 3 or (array.ndim == 4 and array.shape[-1] == 3)):
            raise ImageError(
                f"Expected frames of shape (T, H, W) or (T, H, W, 3) of uint8, but got {array.shape} {array.dtype}."
            )
        self._array = array

    @property
    def shape(self) -> tuple[int, ...]:
        """``(T, H, W)`` or ``(T, H, W, 3)``."""
        return self._array.shape

    def read(self, index: int) -> Pixels:
        """Frame ``index``: ``(H, W)`` or ``(H, W, 3)`` uint8."""
        pixels: Pixels = self._array[index]
        return pixels


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame with what is needed to measure on it.

    Attributes:
        pixels: ``(H, W)`` grey or ``(H, W, 3)`` RGB, uint8.
        regions: as :attr:`UltrasoundImage.regions`.
        index: 0-based number of the frame in its file.
        time_s: seconds since the first frame, or None.

    Raises:
        ImageError: the pixels are no such array, or there are none.
    """

    pixels: Pixels
    regions: tuple[Region, ...] = ()
    index: int = 0
    time_s: float | None = None

    def __post_init__(self) -> None:
        came, shape = getattr(self.pixels, "dtype", type(self.pixels).__name__), np.shape(self.pixels)
        if came != np.uint8 or 0 in shape or not (len(shape) == 2 or (len(shape) == 3 and shape[2] == 3)):
            raise ImageError(
                "Expected pixels as a uint8 array of shape (H, W) or (H, W, 3) with at least one pixel, but got "
                f"{shape} {came}: scale them to 0 to 255 first."
            )

    @property
    def size_hw(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.pixels.shape[0], self.pixels.shape[1]


class UltrasoundImage:
    """An ultrasound file: frames that are read lazily, and what is known about them.

    Videos and pictures of several frames keep their file open, until :meth:`close` or the end of a ``with`` block.

    Example:
        >>> with ultrasam.read("cine.mp4") as image:  # doctest: +SKIP
        ...     last = image.frame(-1)

    Attributes:
        frames: lazily decoded frames, see :class:`Frames`.
        regions: calibrated and uncalibrated regions, in the file's order; empty where nothing is known.
        frame_times_s: seconds of each frame since the first, or None.
        source: technical facts about the file.
    """

    def __init__(
        self,
        frames: Frames,
        source: Source,
        regions: tuple[Region, ...] = (),
        frame_times_s: tuple[float, ...] | None = None,
    ) -> None:
        if 0 in frames.shape:
            raise ImageError(
                f"Expected at least one frame with at least one pixel in {source.name}, "
                f"but its shape is {frames.shape}."
            )
        self.frames = frames
        self.source = source
        self.regions = regions
        self.frame_times_s = frame_times_s
        self._is_closed = False

    @property
    def shape(self) -> tuple[int, ...]:
        """``(T, H, W)`` or ``(T, H, W, 3)``."""
        return self.frames.shape

    @property
    def size_hw(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.shape[1], self.shape[2]

    @property
    def is_colour(self) -> bool:
        """Whether frames are RGB."""
        return len(self.shape) == 4

    @property
    def spacing_mm(self) -> SpacingXY | None:
        """``(x, y)`` mm per pixel where all calibrated regions agree on one, else None."""
        return _agreed_spacing(self.regions)

    @property
    def calibration(self) -> str:
        """In words: ``"0.0789 x 0.0789 mm per pixel (PixelSpacing)"``, or ``"not calibrated"``."""
        return calibration_of(self.regions)

    def frame(self, index: int = 0) -> Frame:
        """Decode one frame; negative numbers count from the end.

        Raises:
            ImageError: there is no such frame, it cannot be decoded, or the image is closed.
        """
        if self._is_closed:
            raise ImageError(f"Expected an open image, but {self.source.name} was closed: read it again.")
        count = len(self)
        if not -count <= index < count:
            raise ImageError(f"Expected a frame from 0 to {count - 1} of {self.source.name}, but got {index}.")
        index %= count
        time = None if self.frame_times_s is None else self.frame_times_s[index]
        return Frame(self.frames.read(index), self.regions, index, time)

    def close(self) -> None:
        """Close the file. What is known about the image stays; its frames cannot be read any more."""
        self._is_closed = True
        self.frames.close()

    def __enter__(self) -> UltrasoundImage:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        """Number of frames."""
        return self.shape[0]

    def __iter__(self) -> Iterator[Frame]:
        """Decode the frames one after the other."""
        return (self.frame(index) for index in range(len(self)))

    def __repr__(self) -> str:
        size = "x".join(str(n) for n in self.shape)
        return f"UltrasoundImage({self.source.format}, {size}, {self.calibration})"
