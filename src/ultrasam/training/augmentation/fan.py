"""An image of a linear probe as a curved probe would show it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

import numpy as np
from PIL import Image

from ultrasam.training.augmentation.augmentation import Augmentation, Probability
from ultrasam.training.augmentation.beams import LIT
from ultrasam.training.augmentation.ranges import Range, within
from ultrasam.training.augmentation.warping import warped
from ultrasam.training.sample import Sample
from ultrasam.types import Pixels

#: Pixels between places where the map is exact; between them it is interpolated.
_CELL = 16
#: Legs of the triangle that is looked at in a corner, as a share of the image's shorter side.
_CORNER = 0.12


class Fan(Augmentation):
    """Columns become the beams of a sector, rows its arcs; black around it, the whole image inside it.

    The sector is as large as the image allows. Only an image that its picture fills up to both upper corners is bent:
    where those are dark, it is a sector already, or a frame with text would be bent with it.
    """

    probability: Probability = 0.1
    #: Angle between the outermost beams.
    opening_degrees: Annotated[Range, within(10, 120)] = (40.0, 75.0)
    #: Radius of the probe as a share of the radius of the greatest depth; small for a phased array.
    probe_radius: Annotated[Range, within(0.02, 0.8)] = (0.15, 0.5)

    def change(self, sample: Sample, rng: np.random.Generator) -> Sample:
        """The bent sample, or the sample as it was where it is not bent or an object would be lost."""
        opening, probe_radius = rng.uniform(*self.opening_degrees), rng.uniform(*self.probe_radius)
        if not _fills_corners(sample.pixels):
            return sample
        sector = _Sector.in_image(sample.size_hw, math.radians(opening) / 2, probe_radius)
        mesh = sector.mesh()

        def move(picture: Image.Image, resampling: Image.Resampling) -> Image.Image:
            return picture.transform(picture.size, Image.Transform.MESH, mesh, resampling)

        return warped(sample, move, sector.least_magnification)


@dataclass(frozen=True)
class _Sector:
    """A sector in an image that is filled with an image of the same size.

    Attributes:
        size_hw: of both.
        apex_xy: where the beams meet, in pixels.
        half_angle: in radians, of the outermost beams to the vertical.
        near: radius of the probe in pixels.
        far: radius of the greatest depth in pixels.
    """

    size_hw: tuple[int, int]
    apex_xy: tuple[float, float]
    half_angle: float
    near: float
    far: float

    @classmethod
    def in_image(cls, size_hw: tuple[int, int], half_angle: float, probe_radius: float) -> _Sector:
        """The largest one in the image, in its middle; ``probe_radius`` as a share of the far radius."""
        height, width = size_hw
        top = probe_radius * math.cos(half_angle)
        far = min(width / (2 * math.sin(half_angle)), height / (1 - top))
        apex_y = (height - far * (1 - top)) / 2 - far * top
        return cls(size_hw, (width / 2, apex_y), half_angle, far * probe_radius, far)

    @property
    def least_magnification(self) -> float:
        """Area of a pixel of the image in the sector, at the probe, where it is smallest."""
        height, width = self.size_hw
        return 2 * self.half_angle * self.near / width * (self.far - self.near) / height

    def mesh(self) -> list[tuple[tuple[int, int, int, int], tuple[float, ...]]]:
        """Boxes of the sector's image, each with the four corners that it comes from (Pillow's order)."""
        height, width = self.size_hw
        # Above the apex, where a tall image has room, angles jump in the middle from one side's to the other's.
        first = max(0, math.ceil(self.apex_xy[1]))
        columns, rows = _ends(width), [first, *(row for row in _ends(height) if row > first)]
        across = np.array(columns)[None, :] - self.apex_xy[0]
        down = np.array(rows)[:, None] - self.apex_xy[1]
        x = (np.arctan2(across, down) / self.half_angle + 1) / 2 * width
        y = (np.hypot(across, down) - self.near) / (self.far - self.near) * height
        corners = np.stack([x, y], axis=-1)
        # Upper left, lower left, lower right, upper right.
        quads = np.concatenate([corners[:-1, :-1], corners[1:, :-1], corners[1:, 1:], corners[:-1, 1:]], axis=-1)
        above = [((0, 0, width, first), (-float(width),) * 8)] if first else []
        return above + [
            ((left, upper, right, lower), tuple(quads[i, j].tolist()))
            for i, (upper, lower) in enumerate(pairwise(rows))
            for j, (left, right) in enumerate(pairwise(columns))
        ]


def _fills_corners(pixels: Pixels) -> bool:
    """Whether most of the upper left corner and most of the upper right one are not black."""
    step = max(1, min(pixels.shape[:2]) // 64)
    lit = np.asarray(Image.fromarray(pixels).reduce(step).convert("L")) > LIT
    leg = max(1, round(_CORNER * min(lit.shape)))
    triangle = np.add.outer(np.arange(leg), np.arange(leg)) < leg
    corners = (lit[:leg, :leg], lit[:leg, ::-1][:, :leg])
    return all(float(corner[triangle].mean()) > 0.5 for corner in corners)


def _ends(length: int) -> list[int]:
    return [*range(0, length, _CELL), length]
