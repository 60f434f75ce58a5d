"""Where the sound went in an image: straight down, or outwards from the apex of a sector."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from ultrasam.types import Pixels

#: Fields along the beams vary slowly; one value per so many pixels is enough.
FIELD_STEP = 8
#: A mean grey value above this is picture, not the black around it.
LIT = 8
#: Sides of a sector lean by at least this many columns per row (some 9 degrees).
_LEAST_LEAN = 0.15
#: Share of the image's height along which both sides must be straight.
_LEAST_HEIGHT = 0.2
#: Mean distance of the outline from its straight side, as a share of the image's width.
_MOST_DEVIATION = 0.02


@dataclass(frozen=True)
class Beams:
    """The course of the beams, as far as the black around a picture tells.

    Attributes:
        size_hw: height and width of the image in pixels.
        apex_xy: where the beams of a sector meet, in pixels; None where they run straight down.
        leans: columns per row by which the leftmost and the rightmost beam lean; 0 where they run straight down.
    """

    size_hw: tuple[int, int]
    apex_xy: tuple[float, float] | None = None
    leans: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def of(cls, pixels: Pixels) -> Beams:
        """Read from the left and right outline of what is not black.

        Where the outline is that of no sector, or text beside the sector hides it, beams are taken as straight down.

        Args:
            pixels: ``(H, W)`` or ``(H, W, 3)`` uint8, with the probe at the top.
        """
        height, width = pixels.shape[:2]
        step = max(1, min(height, width) // 64)
        small = np.asarray(Image.fromarray(pixels).reduce(step).convert("L"))
        sides = _sides(small > LIT)
        if sides is None:
            return cls((height, width))
        (left_lean, left), (right_lean, right) = sides
        y = (left - right) / (right_lean - left_lean)
        return cls((height, width), ((left + left_lean * y) * step, y * step), (left_lean, right_lean))

    def coordinates(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Across and along the beams.

        Returns:
            Lateral position, from 0 at the leftmost beam to 1 at the rightmost, and depth, from 0 to 1 over the image;
            ``(ceil(H / 8), ceil(W / 8))`` float32, at the centres of as many equal cells.
        """
        height, width = self.size_hw
        rows, columns = -(-height // FIELD_STEP), -(-width // FIELD_STEP)
        y = ((np.arange(rows, dtype=np.float32) + 0.5) * (height / rows))[:, None]
        x = ((np.arange(columns, dtype=np.float32) + 0.5) * (width / columns))[None, :]
        if self.apex_xy is None:
            lateral, depth = np.broadcast_arrays(x / width, y / height)
            return lateral.astype(np.float32), depth.astype(np.float32)
        across, down = x - self.apex_xy[0], y - self.apex_xy[1]
        left, right = (math.atan(lean) for lean in self.leans)
        angle, radius = np.arctan2(across, np.maximum(down, 1e-3)), np.hypot(across, down)
        lateral, depth = (angle - left) / (right - left), (radius - radius.min()) / max(np.ptp(radius), 1e-6)
        return lateral.astype(np.float32), depth.astype(np.float32)


def _sides(lit: npt.NDArray[np.bool_]) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Lean and column at row 0 of the left and of the right side of a sector, in pixels of ``lit``, ``(h, w)``."""
    rows = np.flatnonzero(lit.any(axis=1))
    if not rows.size:
        return None
    left = lit[rows].argmax(axis=1).astype(np.float64)
    right = lit.shape[1] - lit[rows, ::-1].argmax(axis=1).astype(np.float64)
    # Below its widest row a sector is bounded by the arc of its greatest depth.
    widest = int((right - left).argmax()) + 1
    # Rows where the image itself cuts the sector off say nothing about its sides.
    is_side = (left[:widest] > 0) & (right[:widest] < lit.shape[1])
    y, left, right = rows[:widest][is_side] + 0.5, left[:widest][is_side], right[:widest][is_side]
    if len(y) < max(4, _LEAST_HEIGHT * lit.shape[0]):
        return None
    left_lean, left_start, left_error = _straight(y, left)
    right_lean, right_start, right_error = _straight(y, right)
    if max(left_error, right_error) > _MOST_DEVIATION * lit.shape[1]:
        return None
    if left_lean > -_LEAST_LEAN or right_lean < _LEAST_LEAN:
        return None
    return (left_lean, left_start), (right_lean, right_start)


def _straight(y: npt.NDArray[np.float64], x: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    """Lean, x at y = 0 and mean absolute error of a line that outliers hardly move (Theil 1950, Sen 1968)."""
    half = len(y) // 2
    lean = float(np.median((x[-half:] - x[:half]) / (y[-half:] - y[:half])))
    start = float(np.median(x - lean * y))
    return lean, start, float(np.abs(x - start - lean * y).mean())
