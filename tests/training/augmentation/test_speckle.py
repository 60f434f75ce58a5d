import numpy as np
import pytest
from scipy.stats import rayleigh, skew

from ultrasam.training.augmentation.speckle import Speckle


def speckled(pixels, seed=0, strength=0.2, **settings):
    return Speckle(strength=(strength, strength), **settings).repaint(pixels, np.random.default_rng(seed))


def flat(level=100, size_hw=(400, 400)):
    return np.full(size_hw, level, np.uint8)


def lateral_length(rows):
    """First distance along rows at which the correlation falls below a half."""
    noise = rows - rows.mean()
    size = noise.shape[1]
    correlation = [(noise[:, lag:] * noise[:, : size - lag]).mean() / noise.var() for lag in range(40)]
    return np.interp(-0.5, -np.array(correlation), np.arange(40))


@pytest.mark.parametrize("strength", [0.05, 0.2, 0.4])
@pytest.mark.parametrize("level", [40, 100])
def test_it_is_multiplicative_and_keeps_the_mean(strength, level):
    relative = speckled(flat(level), strength=strength) / level
    assert relative.mean() == pytest.approx(1, abs=0.02)
    assert relative.std() == pytest.approx(strength, rel=0.1)


def test_black_stays_black():
    pixels = flat()
    pixels[:, :200] = 0
    assert not speckled(pixels)[:, :200].any()


def test_bright_grains_are_rarer_than_dark_ones_as_in_a_rayleigh_distribution():
    # Where grains are larger than pixels, interpolation hardly changes the distribution.
    values = speckled(flat(), grain=(0.03, 0.03), widening=(1, 1)).ravel()
    assert skew(values) == pytest.approx(float(rayleigh.stats(moments="s")), abs=0.35)


def test_the_grain_widens_with_depth():
    noise = speckled(flat(size_hw=(600, 600)), grain=(0.008, 0.008), widening=(3, 3)).astype(float)
    top, bottom = lateral_length(noise[:60]), lateral_length(noise[-60:])
    assert bottom / top == pytest.approx(3 * 0.9 / 1.1, rel=0.2)


def test_the_grain_is_longer_across_the_beam_than_along_it():
    noise = speckled(flat(), grain=(0.015, 0.015), widening=(1, 1)).astype(float)
    assert lateral_length(noise) > 1.4 * lateral_length(noise.T)


def test_its_size_follows_the_image():
    small, large = (
        lateral_length(speckled(flat(size_hw=(side, side)), grain=(0.02, 0.02), widening=(1, 1)).astype(float))
        for side in (200, 600)
    )
    assert large / small == pytest.approx(3, rel=0.15)


def test_a_strength_of_nothing_changes_nothing():
    pixels = np.random.default_rng(0).integers(0, 256, (50, 70), np.uint8)
    assert np.array_equal(speckled(pixels, strength=0), pixels)
