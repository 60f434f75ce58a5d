"""The grey map: which shade an echo of some strength is shown in."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from ultrasam.training.augmentation.augmentation import Appearance, Probability
from ultrasam.training.augmentation.fields import looked_up
from ultrasam.training.augmentation.ranges import Range, within
from ultrasam.types import Pixels


class GreyMap(Appearance):
    """Another gamma, and another dynamic range: weak echoes are rejected and the others spread. Black stays black."""

    probability: Probability = 0.3
    #: Exponent of grey values from 0 to 1; below 1 brightens the middle.
    gamma: Annotated[Range, within(0.2, 5)] = (0.7, 1.4)
    #: Grey value, as a share of white, up to which echoes become black.
    reject: Annotated[Range, within(0, 0.5)] = (0.0, 0.08)

    def repaint(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """Pixels with other contrast."""
        gamma, reject = rng.uniform(*self.gamma), rng.uniform(*self.reject)
        strengths = np.maximum(np.linspace(0, 1, 256) - reject, 0) / (1 - reject)
        return looked_up(pixels, 255 * strengths**gamma)
