"""PNG, JPEG, TIFF, BMP, WebP and GIF, with Pillow: every mode to ``(H, W)`` grey or ``(H, W, 3)`` RGB."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from ultrasam.errors import ImageError
from ultrasam.imaging.image import ArrayFrames, Frames, Source, UltrasoundImage
from ultrasam.imaging.intensity import GreyScale, grey_scale
from ultrasam.imaging.limits import MAX_FRAME_PIXELS, check_frame_size
from ultrasam.imaging.quiet import quiet
from ultrasam.imaging.stderr_silence import silent_stderr
from ultrasam.types import Pixels

#: The Pillow formats that are tried. Others stay shut: some of them run external programs.
_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF")
_NAMES = {"WEBP": "WebP", "MPO": "JPEG"}
_GREY_MODES = frozenset({"1", "L", "LA", "La"})
#: TIFF tag NewSubfileType, bit 0: this page is a smaller copy of another one.
_SUBFILE_TYPE, _REDUCED_COPY = 254, 1


def read_raster(path: Path) -> UltrasoundImage:
    """Read a picture, or the frames of a multi-page TIFF or an animated GIF, WebP or PNG.

    One frame is decoded at once; of several, frames are decoded when they are asked for. Orientation tags
    (EXIF) are applied, transparent pixels are laid over black. A resolution tag (dots per inch) is about paper,
    not about tissue, and is not taken for a calibration.

    Raises:
        ImageError: the file is damaged or cut off, too large, or its pages have different sizes.
    """
    with opened(path) as picture:
        kind = picture.format or ""
        mode = picture.mode
        pages = _pages(picture, path.name, is_cine=kind in ("GIF", "WEBP", "PNG"))
    colour = any(page.is_colour for page in pages)
    scale = _deep_scale(path, pages) if any(page.is_deep for page in pages) else None
    # Opened anew: Pillow loses its place when it goes back in an animated PNG.
    with opened(path) as picture:
        first = _page_pixels(picture, pages[0].number, colour, scale)
    details = {"pixel type": mode}
    if scale is not None:
        details["grey values"] = str(scale)
    source = Source(path.name, _NAMES.get(kind, kind), details)
    if len(pages) == 1:
        return UltrasoundImage(ArrayFrames(first[None]), source)
    frames = _PageFrames(path, [page.number for page in pages], first.shape, scale)
    return UltrasoundImage(frames, source, frame_times_s=_times([page.duration_ms for page in pages]))


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """Open a picture with Pillow; whatever goes wrong until it is closed becomes an ImageError.

    Raises:
        ImageError: the file is damaged, cut off or too large.
    """
    with decoding(path.name), Image.open(path, formats=_FORMATS) as picture:
        check_frame_size(picture.width, picture.height, path.name)
        yield picture


@contextmanager
def decoding(name: str) -> Iterator[None]:
    """Turn what Pillow raises about damaged or oversized data into an ImageError, and drop its warnings."""
    try:
        with quiet():
            yield
    except ImageError:
        raise
    except Image.DecompressionBombError as error:
        raise ImageError(
            f"Expected frames of at most {MAX_FRAME_PIXELS:,} pixels, but the header of {name} claims more."
        ) from error
    # Pillow's decoders meet damaged data with whatever Python raises there: struct.error, TypeError, …
    except Exception as error:
        reason = " ".join(str(error).split())
        raise ImageError(f"Expected a whole image in {name}, but it is damaged or cut off: {reason}") from error


def decoded(picture: Image.Image) -> Image.Image:
    """Decode the current page and turn it as its orientation tag says."""
    # The JPEG library inside libtiff prints its complaints.
    with silent_stderr() if picture.format == "TIFF" else nullcontext():
        picture.load()
    return ImageOps.exif_transpose(picture)


def _pixels(picture: Image.Image) -> npt.NDArray[Any]:
    """The current page: ``(H, W)`` or ``(H, W, 3)`` uint8, or as stored if it has more than 8 bits."""
    picture = decoded(picture)
    if _is_deep(picture):
        return np.asarray(picture)
    if picture.has_transparency_data:
        picture = picture.convert("LA" if picture.mode in _GREY_MODES else "RGBA")
        pixels = np.asarray(picture).astype(np.uint16)
        over_black = ((pixels[..., :-1] * pixels[..., -1:] + 127) // 255).astype(np.uint8)
        return over_black[..., 0] if picture.mode == "LA" else over_black
    return np.asarray(picture.convert("L" if picture.mode in _GREY_MODES else "RGB"))


@dataclass(frozen=True)
class _Page:
    number: int
    is_colour: bool
    is_deep: bool
    duration_ms: float


def _pages(picture: Image.Image, name: str, *, is_cine: bool) -> list[_Page]:
    count = 1 if picture.format == "MPO" else getattr(picture, "n_frames", 1)
    pages: list[_Page] = []
    size: tuple[int, int] | None = None
    for number in range(count):
        picture.seek(number)
        if _is_reduced_copy(picture):
            continue
        size = size or picture.size
        if picture.size != size:
            raise ImageError(
                f"Expected pages of one size in {name}, but the first has {size[0]} x {size[1]} pixels and "
                f"page {number + 1} has {picture.size[0]} x {picture.size[1]}: save them as single images."
            )
        if is_cine and count > 1:
            picture.load()  # the time that a frame is shown for is known only then
        # A GIF is a palette image; that Pillow calls some of its frames grey says nothing about the next one.
        is_colour = picture.format == "GIF" or not (picture.mode in _GREY_MODES or _is_deep(picture))
        pages.append(_Page(number, is_colour, _is_deep(picture), float(picture.info.get("duration") or 0)))
    if not pages:
        raise ImageError(f"Expected at least one full-size page in {name}, but it has only reduced copies.")
    return pages


def _is_reduced_copy(picture: Image.Image) -> bool:
    tags = getattr(picture, "tag_v2", {})
    return bool(int(tags.get(_SUBFILE_TYPE, 0)) & _REDUCED_COPY)


def _is_deep(picture: Image.Image) -> bool:
    return picture.mode == "F" or picture.mode.startswith("I")


def _deep_scale(path: Path, pages: list[_Page]) -> GreyScale:
    """The scale over all pages of more than 8 bits."""

    def deep_pages() -> Iterator[npt.NDArray[Any]]:
        for page in pages:
            if page.is_deep:
                picture.seek(page.number)
                yield np.asarray(decoded(picture))

    with opened(path) as picture:
        return grey_scale(deep_pages(), path.name)


def _page_pixels(picture: Image.Image, number: int, colour: bool, scale: GreyScale | None) -> Pixels:
    picture.seek(number)
    pixels = _pixels(picture)
    if scale is not None and pixels.ndim == 2 and _is_deep(picture):
        pixels = scale.to_uint8(pixels)
    if colour and pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    return pixels


def _times(durations_ms: list[float]) -> tuple[float, ...] | None:
    if not any(durations_ms):
        return None
    return tuple(float(t) / 1000 for t in np.cumsum([0.0, *durations_ms[:-1]]))


class _PageFrames(Frames):
    """Pages of one file, decoded when they are asked for.

    The file stays open, as going to a frame of an animation means to decode the frames before it; to go back it is
    opened anew.
    """

    def __init__(self, path: Path, pages: list[int], frame_shape: tuple[int, ...], scale: GreyScale | None) -> None:
        self._path = path
        self._pages = pages
        self._frame_shape = frame_shape
        self._scale = scale
        self._picture: Image.Image | None = None
        self._lock = threading.Lock()

    @property
    def shape(self) -> tuple[int, ...]:
        """``(T, H, W)`` or ``(T, H, W, 3)``."""
        return (len(self._pages), *self._frame_shape)

    def read(self, index: int) -> Pixels:
        """Decode frame ``index``: ``(H, W)`` or ``(H, W, 3)`` uint8."""
        page = self._pages[index]
        with self._lock, decoding(self._path.name):
            if self._picture is None or page < self._picture.tell():
                self._close_picture()
                self._picture = Image.open(self._path, formats=_FORMATS)
            return _page_pixels(self._picture, page, len(self._frame_shape) == 3, self._scale)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._close_picture()

    def _close_picture(self) -> None:
        if self._picture is not None:
            self._picture.close()
            self._picture = None
