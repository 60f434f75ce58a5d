"""Pixels as a PNG in memory: for archives, browsers and servers."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from ultrasam.types import Pixels


def encode_png(pixels: Pixels | npt.NDArray[np.uint16], *, compress_level: int) -> bytes:
    """The pixels, without loss, and nothing else: no name, no metadata.

    Args:
        pixels: ``(H, W)`` grey or ``(H, W, 3)`` RGB uint8, or ``(H, W)`` uint16; grey stays grey.
        compress_level: 1 for what is sent at once; 4 for what is kept: 6 takes more than twice as long and makes grey
            speckle no smaller.
    """
    stream = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(stream, format="PNG", compress_level=compress_level)
    return stream.getvalue()
