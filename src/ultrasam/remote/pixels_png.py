"""Pixels on their way to a server: a PNG, which loses nothing."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, UnidentifiedImageError

from ultrasam.errors import ImageError
from ultrasam.imaging.limits import check_frame_size
from ultrasam.imaging.png import encode_png
from ultrasam.imaging.raster import decoding
from ultrasam.types import Pixels

#: Said where the server tells what it got.
_NAME = "the request"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def pixels_to_png(pixels: Pixels) -> bytes:
    """An 8-bit grey or RGB PNG of ``(H, W)`` or ``(H, W, 3)`` uint8, and nothing else: no name, no metadata."""
    return encode_png(pixels, compress_level=1)


def pixels_from_png(png: bytes) -> Pixels:
    """The pixels ``(H, W)`` or ``(H, W, 3)`` uint8 of an 8-bit grey or RGB PNG.

    Raises:
        ImageError: it is damaged, too large, or another kind of picture.
    """
    if not png.startswith(_SIGNATURE):
        raise ImageError("Expected a PNG of 8-bit grey or RGB, but got something else.")
    with decoding(_NAME), _opened(png) as picture:
        check_frame_size(picture.width, picture.height, _NAME)
        if picture.mode not in ("L", "RGB") or picture.has_transparency_data:
            raise ImageError(f"Expected a PNG of 8-bit grey or RGB without transparency, but got mode {picture.mode}.")
        return np.asarray(picture)


def _opened(png: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(png), formats=("PNG",))
    except UnidentifiedImageError as error:
        # Pillow's own words name an object in memory.
        raise ImageError("Expected a whole PNG, but it is damaged or cut off.") from error
