"""Gain: how bright echoes are shown, all of them or those of some depths."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt

from ultrasam.training.augmentation.augmentation import Appearance, Probability
from ultrasam.training.augmentation.beams import Beams
from ultrasam.training.augmentation.fields import enlarged, looked_up, shifted
from ultrasam.training.augmentation.ranges import Range, within
from ultrasam.types import Pixels

#: Echoes are compressed logarithmically, so that a gain in dB shifts grey values. From black to white 60 dB are usual.
_LEVELS_PER_DB = 255 / 60
#: Below this grey value a shift fades out: black around the picture stays black, and with at most 10 dB the order of
#: grey values stays.
_FULL_SHIFT_FROM = 48
_WEIGHTS = np.minimum(np.arange(256, dtype=np.float32) / _FULL_SHIFT_FROM, 1)
#: As many sliders as machines commonly have, from the skin to the greatest depth.
_SLIDERS = 8


class Gain(Appearance):
    """Overall gain: all echoes louder or quieter by the same number of decibels."""

    probability: Probability = 0.3
    #: Gain in dB; 6 dB are twice the amplitude.
    gain_db: Annotated[Range, within(-10, 10)] = (-5.0, 5.0)

    def repaint(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """Pixels brighter or darker."""
        shift = np.float32(rng.uniform(*self.gain_db) * _LEVELS_PER_DB)
        return looked_up(pixels, np.arange(256) + shift * _WEIGHTS)


class TimeGain(Appearance):
    """Time-gain compensation set otherwise: a smooth gain curve along depth, of mean 0 dB.

    Each of eight sliders is moved by itself, by up to ``gain_db``; depth is that along the beams.
    """

    probability: Probability = 0.3
    #: Farthest that a slider is moved, up or down, in dB.
    gain_db: Annotated[Range, within(0, 5)] = (1.0, 4.0)

    def repaint(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """Pixels brighter at some depths, darker at others."""
        sliders_db = rng.uniform(-1, 1, _SLIDERS) * rng.uniform(*self.gain_db)
        beams = Beams.of(pixels)
        _, depth = beams.coordinates()
        shifts = _curve(sliders_db - sliders_db.mean(), depth) * np.float32(_LEVELS_PER_DB)
        return shifted(pixels, _WEIGHTS, enlarged(shifts, beams.size_hw))


def _curve(values: npt.NDArray[np.float64], depth: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Values at equal distances from depth 0 to 1, joined by curves without kinks."""
    position = depth * (len(values) - 1)
    before = np.minimum(position.astype(np.intp), len(values) - 2)
    share = position - before
    share = share * share * (3 - 2 * share)
    curve: npt.NDArray[np.float32] = (values[before] * (1 - share) + values[before + 1] * share).astype(np.float32)
    return curve
