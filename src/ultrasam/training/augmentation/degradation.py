"""What exporting, archiving and screenshots do to an image: lost resolution and lossy compression."""

from __future__ import annotations

import io
from typing import Annotated

import numpy as np
from PIL import Image

from ultrasam.training.augmentation.augmentation import Appearance, Probability
from ultrasam.training.augmentation.ranges import Counts, Range, within
from ultrasam.types import Pixels

_FILTERS = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)


class Resampling(Appearance):
    """Reduced and enlarged again, each with a filter drawn from bilinear, bicubic and Lanczos."""

    probability: Probability = 0.2
    #: Side of the reduced image as a share of the image's.
    scale: Annotated[Range, within(0.05, 1)] = (0.4, 0.9)

    def repaint(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """Pixels with less detail."""
        scale = rng.uniform(*self.scale)
        down, up = (_FILTERS[i] for i in rng.integers(len(_FILTERS), size=2))
        picture = Image.fromarray(pixels)
        reduced = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        return np.asarray(picture.resize(reduced, down).resize(picture.size, up))


class Jpeg(Appearance):
    """Compressed as JPEG and read again; the colours of an RGB image at half its resolution, as is usual."""

    probability: Probability = 0.3
    #: Pillow's quality, from 1 to 95.
    quality: Annotated[Counts, within(1, 95)] = (30, 90)

    def repaint(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """Pixels with the blocks and ringing of JPEG."""
        low, high = self.quality
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "JPEG", quality=int(rng.integers(low, high, endpoint=True)))
        return np.asarray(Image.open(file))
