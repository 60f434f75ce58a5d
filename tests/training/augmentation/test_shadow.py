import numpy as np
import pytest

from ultrasam.training.augmentation.shadow import Shadow


def shadowed(pixels, seed=0, **settings):
    return Shadow(**settings).repaint(pixels, np.random.default_rng(seed))


def test_it_only_darkens():
    pixels = np.random.default_rng(0).integers(0, 256, (200, 300), np.uint8)
    for seed in range(20):
        after = shadowed(pixels, seed)
        assert (after <= pixels).all()
        assert (after < pixels).any()


@pytest.mark.parametrize("strength", [0.3, 0.8, 1.0])
def test_the_middle_loses_what_is_asked(strength):
    after = shadowed(np.full((400, 400), 200, np.uint8), strength=(strength, strength), width=(0.4, 0.4))
    assert after.min() == pytest.approx(200 * (1 - strength), abs=3)


def test_it_goes_straight_down_from_its_start():
    after = shadowed(np.full((400, 400), 200, np.uint8), width=(0.2, 0.2), start=(0.5, 0.5)).astype(int)
    assert (after[:190] == 200).all()
    assert np.ptp(after[240:], axis=0).max() == 0
    dark = np.flatnonzero(after[300] < 199)
    assert 20 < dark.size <= 84
    assert (np.diff(dark) == 1).all()


def test_its_sides_are_soft():
    after = shadowed(np.full((400, 400), 200, np.uint8), strength=(0.8, 0.8), width=(0.3, 0.3)).astype(int)
    # 24 to 60 columns from 200 to 40 in a smooth step, 1.5 times as steep in its middle.
    assert np.abs(np.diff(after, axis=1)).max() <= 1.5 * 160 / 24 + 1


def test_in_a_sector_it_goes_outwards_from_the_apex():
    y, x = np.mgrid[:300, :400] + 0.5
    radius, angle = np.hypot(x - 200, y + 20), np.arctan2(x - 200, y + 20)
    inside = (abs(angle) < 0.6) & (radius > 40) & (radius < 310)
    pixels = np.where(inside, 200, 0).astype(np.uint8)
    found = 0
    for seed in range(12):
        dark = inside & (shadowed(pixels, seed, start=(0.1, 0.1), width=(0.1, 0.1)) < 150)
        upper, lower = (angle[dark & (abs(radius - r) < 10)] for r in (150, 270))
        # At the sides of the sector a shadow is cut off.
        if abs(lower.mean()) > 0.5:
            continue
        found += 1
        assert upper.mean() == pytest.approx(lower.mean(), abs=0.05)
    assert found >= 8
