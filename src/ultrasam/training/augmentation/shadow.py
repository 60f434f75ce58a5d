"""Acoustic shadow: what lies behind a strong reflector or absorber stays dark."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt

from ultrasam.training.augmentation.augmentation import Appearance, Probability
from ultrasam.training.augmentation.beams import Beams
from ultrasam.training.augmentation.fields import enlarged, multiplied
from ultrasam.training.augmentation.ranges import Range, within
from ultrasam.types import Pixels

#: Share of the image's depth in which a shadow sets in.
_ONSET = 0.06


class Shadow(Appearance):
    """A dark band along the beams, from some depth down to the bottom, with soft sides."""

    probability: Probability = 0.2
    #: Share of the brightness that is lost in the middle of the band.
    strength: Annotated[Range, within(0, 1)] = (0.4, 0.85)
    #: Width of the band as a share of the image's width (in a sector: of its angle).
    width: Annotated[Range, within(0.01, 1)] = (0.05, 0.2)
    #: Depth at which the band begins, as a share of the image's depth.
    start: Annotated[Range, within(0, 1)] = (0.05, 0.6)
    #: Share of the band's half width in which it fades out.
    softness: Annotated[Range, within(0.1, 1)] = (0.4, 1.0)

    def repaint(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """Pixels darker in the band."""
        settings = (self.strength, self.width, self.start, self.softness)
        strength, width, start, softness = (rng.uniform(*drawn) for drawn in settings)
        middle = rng.random()
        beams = Beams.of(pixels)
        lateral, depth = beams.coordinates()
        across = _rise((width / 2 - np.abs(lateral - middle)) / (width / 2 * softness))
        factors = 1 - np.float32(strength) * across * _rise((depth - start) / _ONSET)
        return multiplied(pixels, enlarged(factors.astype(np.float32), beams.size_hw))


def _rise(position: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """From 0 at 0 or less to 1 at 1 or more, without kinks."""
    clipped: npt.NDArray[np.floating] = np.clip(position, 0, 1)
    smooth: npt.NDArray[np.floating] = clipped * clipped * (3 - 2 * clipped)
    return smooth
