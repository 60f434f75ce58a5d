"""What is kept of an image to find it again: small, and the same after recompression and resizing."""

from __future__ import annotations

import hashlib
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from ultrasam.corpus.duplicates.borders import Grey, trimmed
from ultrasam.corpus.duplicates.turns import TURNS, turned
from ultrasam.corpus.reading.pictures import plain
from ultrasam.extras import require
from ultrasam.types import Pixels

#: Views of an image: whole, and without its frame.
VIEWS = 2
#: Side of the details that are compared where hashes are near.
DETAIL_SIDE = 32
#: Structured arrays of :data:`DTYPE`.
Fingerprints: TypeAlias = npt.NDArray[Any]
#: ``digest``: hexadecimal SHA-256 of shape and pixels, equal if and only if images are. ``hash``: 256 bits of each view
#: in each turn. ``detail``: of each view, zeros where it has no contrast and its hash means nothing.
DTYPE = np.dtype(
    [
        ("digest", "S64"),
        ("hash", "<u8", (VIEWS, len(TURNS), 4)),
        ("detail", "i1", (VIEWS, DETAIL_SIDE, DETAIL_SIDE)),
    ]
)
#: Bits of a hash are the signs of this many frequencies in x and in y, which 4 times as many pixels give.
_FREQUENCIES, _HASHED_SIDE = 16, 64
#: Standard deviation in grey values below which a picture is blank.
_LEAST_CONTRAST = 2
#: In pixels of the details: what is darker and brighter than its surroundings is kept, and no shading.
_SURROUNDINGS = 1.0
#: Grey values that are added to the local contrast, so that noise in black areas stays small.
_NOISE = 4
#: Of local contrast, as a detail is stored in 8 bits; it rarely reaches 4.
_STEPS = 30


def fingerprint(pixels: Pixels) -> Fingerprints:
    """The fingerprint of an image.

    The hash is pHash: the signs, relative to their median, of the lowest 16 x 16 frequencies of the discrete cosine
    transform (Zauner 2010, as the package ImageHash computes it) of the picture, squeezed to 64 x 64 pixels.

    Args:
        pixels: ``(H, W)`` or ``(H, W, 3)`` uint8; RGB of equal channels is the same image as grey.

    Returns:
        ``(1,)`` of :data:`DTYPE`.

    Raises:
        MissingExtraError: ImageHash is not installed.
    """
    phash = require("imagehash", needed_for="Perceptual hashes").phash
    pixels = plain(pixels)
    grey = pixels if pixels.ndim == 2 else np.asarray(Image.fromarray(pixels).convert("L"))
    made = np.zeros(1, DTYPE)
    made["digest"] = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest().encode()
    for view, picture in enumerate((grey, trimmed(grey))):
        small = _squeezed(picture, _HASHED_SIDE)
        for turn in range(len(TURNS)):
            bits = phash(Image.fromarray(np.ascontiguousarray(turned(small, turn))), _FREQUENCIES).hash
            made["hash"][0, view, turn] = np.packbits(bits.ravel()).view("<u8")
        if small.std() >= _LEAST_CONTRAST:
            made["detail"][0, view] = _detail(_squeezed(small, DETAIL_SIDE))
    return made


def _squeezed(grey: Grey, side: int) -> Grey:
    return np.asarray(Image.fromarray(np.ascontiguousarray(grey)).resize((side, side), Image.Resampling.LANCZOS))


def _detail(small: Grey) -> npt.NDArray[np.int8]:
    """Each pixel's difference from its surroundings, relative to the local contrast."""
    blurred = require("scipy.ndimage", needed_for="Perceptual hashes").gaussian_filter
    difference = small - blurred(small.astype(np.float32), _SURROUNDINGS)
    contrast = np.sqrt(blurred(difference**2, 2 * _SURROUNDINGS)) + _NOISE
    detail: npt.NDArray[np.int8] = np.clip(np.rint(difference / contrast * _STEPS), -127, 127).astype(np.int8)
    return detail
