"""Speckle: the grain that interfering echoes leave."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt
from PIL import Image

from ultrasam.training.augmentation.augmentation import Appearance, Probability
from ultrasam.training.augmentation.fields import multiplied
from ultrasam.training.augmentation.ranges import Range, within
from ultrasam.types import Pixels

#: Resolution along the beam is better than across it.
_AXIAL_SHARE = 0.6


class Speckle(Appearance):
    """Multiplicative noise of Rayleigh distribution, correlated in grains that widen with depth.

    The envelope of echoes from many small scatterers is Rayleigh distributed (Burckhardt 1978). Pulse length sets the
    grain along the beam; across it, the grain widens in proportion to depth as the beams of a sector spread. What is
    black stays black, and the mean stays.
    """

    probability: Probability = 0.3
    #: Standard deviation of the factor that a pixel is multiplied with.
    strength: Annotated[Range, within(0, 0.5)] = (0.05, 0.2)
    #: Distance of independent values across the beam at the top, as a share of the image's longer side.
    grain: Annotated[Range, within(0.002, 0.05)] = (0.004, 0.01)
    #: How many times wider the grain is at the bottom than at the top.
    widening: Annotated[Range, within(1, 5)] = (1.0, 2.5)

    def repaint(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """Pixels with additional grain."""
        strength, grain, widening = (rng.uniform(*drawn) for drawn in (self.strength, self.grain, self.widening))
        size_hw = (pixels.shape[0], pixels.shape[1])
        factors = _grains(size_hw, max(grain * max(size_hw), 1.0), widening, rng)
        factors *= np.float32(strength)
        factors += 1
        return multiplied(pixels, np.maximum(factors, 0, out=factors))


def _grains(
    size_hw: tuple[int, int], grain: float, widening: float, rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    """``(H, W)`` float32 noise of mean 0 and standard deviation 1; ``grain`` in pixels."""
    height, width = size_hw
    rows = max(2, round(height / max(grain * _AXIAL_SHARE, 1)))
    columns = max(2, round(width / grain))
    real, imaginary = rng.standard_normal((2, rows, columns), dtype=np.float32)
    # A trapezoid that narrows downwards, spread over the image, widens the grain linearly with depth.
    inset = columns * (1 - 1 / widening) / 2
    corners = (0, 0, inset, rows, columns - inset, rows, columns, 0)
    envelope = Image.fromarray(np.hypot(real, imaginary))
    spread = envelope.transform((width, height), Image.Transform.QUAD, corners, Image.Resampling.BILINEAR)
    noise = np.array(spread)
    noise -= noise.mean()
    noise /= max(float(noise.std()), 1e-6)
    return noise
