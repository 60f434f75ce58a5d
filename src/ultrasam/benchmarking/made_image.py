"""An image that looks like ultrasound, for machines that have none: a sector of speckle with cysts in it."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from PIL import Image

from ultrasam.types import BoxXYXY, Pixels

_WIDTH, _HEIGHT = 800, 600
#: Where the beams meet, in pixels, and the angle from the vertical to the outermost ones.
_APEX_XY, _HALF_ANGLE = (400.0, -60.0), math.radians(38)
_NEAR, _FAR = 110.0, 640.0
#: Pixels of a grain of speckle along and across the beam.
_GRAIN = (4, 8)
#: Centre and half axes (x, y) of each cyst, in pixels.
_CYSTS = ((400, 300, 90, 70), (270, 220, 40, 34), (530, 210, 48, 30), (300, 430, 60, 40), (520, 430, 52, 60))


def made_image(seed: int = 0) -> tuple[Pixels, list[BoxXYXY]]:
    """Pixels ``(600, 800)`` uint8 and the boxes around the cysts in them.

    Speckle is the envelope of random echoes, so Rayleigh distributed, and log-compressed as a scanner shows it; echoes
    become weaker with depth. Cysts are dark and have a bright wall.
    """
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:_HEIGHT, :_WIDTH].astype(np.float32)
    across, down = x - _APEX_XY[0], y - _APEX_XY[1]
    radius, angle = np.hypot(across, down), np.arctan2(across, down)
    reflectivity = np.exp(-(radius - _NEAR) / 300)
    for centre_x, centre_y, half_x, half_y in _CYSTS:
        distance = np.hypot((x - centre_x) / half_x, (y - centre_y) / half_y)
        reflectivity = np.where(distance < 1, 0.05 * reflectivity, reflectivity)
        reflectivity = np.where(np.abs(distance - 1) < 0.03, 2 * reflectivity, reflectivity)
    # Grains follow the beams: they are laid out by depth and angle.
    envelope = _envelope(rng)
    depth = np.clip((radius - _NEAR) / (_FAR - _NEAR) * _HEIGHT, 0, _HEIGHT - 1).astype(int)
    beam = np.clip((angle / _HALF_ANGLE + 1) / 2 * _WIDTH, 0, _WIDTH - 1).astype(int)
    decibels = 20 * np.log10(reflectivity * envelope[depth, beam] + 1e-4)
    pixels = np.clip((decibels + 45) / 60 * 255, 0, 255)
    outside = (radius < _NEAR) | (radius > _FAR) | (np.abs(angle) > _HALF_ANGLE)
    pixels[outside] = 0
    boxes = [(float(cx - rx), float(cy - ry), float(cx + rx), float(cy + ry)) for cx, cy, rx, ry in _CYSTS]
    return pixels.astype(np.uint8), boxes


def _envelope(rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """``(600, 800)`` float32 by depth and beam: the strength of echoes from many small scatterers."""
    coarse = rng.standard_normal((2, _HEIGHT // _GRAIN[0], _WIDTH // _GRAIN[1]), dtype=np.float32)
    real, imaginary = (
        np.asarray(Image.fromarray(part).resize((_WIDTH, _HEIGHT), Image.Resampling.BICUBIC)) for part in coarse
    )
    envelope: npt.NDArray[np.float32] = np.hypot(real, imaginary)
    return envelope


def made_boxes(size_hw: tuple[int, int], count: int, seed: int = 0) -> list[BoxXYXY]:
    """Boxes in an image about which nothing is known: one around its middle, then any.

    Args:
        size_hw: of the image.
        count: of boxes.
        seed: decides the boxes.
    """
    height, width = size_hw
    rng = np.random.default_rng(seed)
    centres = np.vstack([[[0.5, 0.5]], rng.uniform(0.3, 0.7, (max(count - 1, 0), 2))])[:count]
    halves = np.vstack([[[0.2, 0.2]], rng.uniform(0.05, 0.25, (max(count - 1, 0), 2))])[:count]
    corners = np.hstack([centres - halves, centres + halves]) * [width, height, width, height]
    return [(float(x0), float(y0), float(x1), float(y1)) for x0, y0, x1, y1 in corners]
