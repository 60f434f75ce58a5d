"""A mask as a picture."""

from __future__ import annotations

import os

import numpy as np
from PIL import Image

from ultrasam.files import written_whole
from ultrasam.types import Mask, check_mask


def write_mask_png(path: str | os.PathLike[str], mask: Mask) -> None:
    """Write a mask ``(H, W)`` bool as an 8-bit grey PNG: 255 inside, 0 outside.

    Raises:
        InputError: the mask is no bool array of two dimensions.
    """
    check_mask(mask)
    with written_whole(path) as temporary:
        Image.fromarray(mask.astype(np.uint8) * 255).save(temporary, format="PNG")
