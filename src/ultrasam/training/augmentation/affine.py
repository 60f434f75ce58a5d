"""The probe tilted or moved a little, the depth set a little otherwise."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from PIL import Image

from ultrasam.training.augmentation.augmentation import Augmentation, Probability
from ultrasam.training.augmentation.ranges import Range, within
from ultrasam.training.augmentation.warping import warped
from ultrasam.training.sample import Sample


class Affine(Augmentation):
    """Rotated and scaled about the image's centre, then shifted; black where nothing is known."""

    probability: Probability = 0.5
    #: Counterclockwise on the screen.
    rotation_degrees: Annotated[Range, within(-180, 180)] = (-10.0, 10.0)
    #: Larger than 1 magnifies.
    scale: Annotated[Range, within(0.25, 4)] = (0.85, 1.2)
    #: To the right and down, each by itself, as a share of the image's width and height.
    shift: Annotated[Range, within(-0.5, 0.5)] = (-0.05, 0.05)

    def change(self, sample: Sample, rng: np.random.Generator) -> Sample:
        """The moved sample, or the sample as it was where an object would be lost."""
        angle, scale = math.radians(rng.uniform(*self.rotation_degrees)), rng.uniform(*self.scale)
        right, down = rng.uniform(*self.shift, size=2)
        height, width = sample.size_hw
        matrix = _backwards(angle, scale, (right * width, down * height), (width / 2, height / 2))

        def move(picture: Image.Image, resampling: Image.Resampling) -> Image.Image:
            return picture.transform(picture.size, Image.Transform.AFFINE, matrix, resampling)

        return warped(sample, move, scale**2)


def _backwards(
    angle: float, scale: float, shift_xy: tuple[float, float], centre_xy: tuple[float, float]
) -> tuple[float, float, float, float, float, float]:
    """``(a, b, c, d, e, f)``: the new pixel (x, y) comes from ``(a x + b y + c, d x + e y + f)`` (Pillow's order)."""
    cosine, sine = math.cos(angle) / scale, math.sin(angle) / scale
    centre_x, centre_y = centre_xy
    x, y = centre_x + shift_xy[0], centre_y + shift_xy[1]
    return cosine, -sine, centre_x - cosine * x + sine * y, sine, cosine, centre_y - sine * x - cosine * y
