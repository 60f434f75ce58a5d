"""Pixels and masks moved by one map."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

from ultrasam.training.sample import Sample

#: An object with fewer pixels could hardly be asked about.
SMALLEST_OBJECT = 30
#: Share of an object that must stay in the image.
_LEAST_SHARE = 0.5


def warped(
    sample: Sample, move: Callable[[Image.Image, Image.Resampling], Image.Image], magnification: float
) -> Sample:
    """The moved sample, or the sample as it was where an object would be lost.

    An object is lost if it has fewer than 30 pixels, or fewer than half of those that it had times ``magnification``.

    Args:
        sample: an image with the masks of its objects.
        move: gives the moved picture of the same size and mode, sampled as it is told to; bilinear for the pixels,
            nearest for masks.
        magnification: area in the moved image of what was one pixel; where it varies, the smallest.
    """
    masks = np.zeros_like(sample.masks)
    for mask, moved in zip(sample.masks, masks, strict=True):
        moved[:] = np.asarray(move(Image.fromarray(mask.view(np.uint8)), Image.Resampling.NEAREST)).view(np.bool_)
        least = max(SMALLEST_OBJECT, _LEAST_SHARE * magnification * np.count_nonzero(mask))
        if np.count_nonzero(moved) < least:
            return sample
    return Sample(np.asarray(move(Image.fromarray(sample.pixels), Image.Resampling.BILINEAR)), masks)
