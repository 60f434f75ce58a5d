import numpy as np
import pytest

from ultrasam.training.augmentation.gain import Gain, TimeGain

ALL_LEVELS = np.arange(256, dtype=np.uint8)[None]


def gained(pixels, decibels):
    return Gain(gain_db=(decibels, decibels)).repaint(pixels, np.random.default_rng(0))


def time_gained(pixels, decibels=4.0, seed=0):
    return TimeGain(gain_db=(decibels, decibels)).repaint(pixels, np.random.default_rng(seed))


@pytest.mark.parametrize(("decibels", "levels"), [(6, 25.5), (-4, -17), (0, 0)])
def test_decibels_shift_grey_values_of_a_range_of_60_db(decibels, levels):
    after = gained(ALL_LEVELS, decibels)[0].astype(float)
    assert after[48:] == pytest.approx(np.clip(np.arange(48, 256) + levels, 0, 255), abs=0.5)


@pytest.mark.parametrize("decibels", [-10, -3, 3, 10])
def test_black_stays_black_and_the_order_of_greys_stays(decibels):
    after = gained(ALL_LEVELS, decibels)[0].astype(int)
    assert after[0] == 0
    assert (np.diff(after) >= 0).all()


def test_time_gain_acts_along_depth_alone():
    after = time_gained(np.full((200, 120), 120, np.uint8)).astype(int)
    assert np.ptp(after, axis=1).max() == 0
    assert np.ptp(after[:, 0]) > 10


def test_time_gain_is_smooth_and_of_mean_zero():
    for seed in range(5):
        column = time_gained(np.full((800, 64), 120, np.uint8), 5, seed)[:, 0].astype(int)
        # Sliders are 114 rows and at most 10 dB (42.5 grey levels) apart; a smooth step is 1.5 times as steep.
        assert np.abs(np.diff(column)).max() <= 1.5 * 42.5 / 114 + 1
        assert column.mean() == pytest.approx(120, abs=4)


def test_time_gain_is_bounded():
    for seed in range(20):
        after = time_gained(np.full((200, 64), 120, np.uint8), 3, seed).astype(float)
        # Taking the mean away adds at most that mean.
        assert np.abs(after - 120).max() <= 2 * 3 * 255 / 60 + 0.5


def test_time_gain_follows_the_arcs_of_a_sector():
    y, x = np.mgrid[:300, :400] + 0.5
    radius, angle = np.hypot(x - 200, y + 40), np.arctan2(x - 200, y + 40)
    inside = (abs(angle) < 0.6) & (radius > 60) & (radius < 330)
    after = time_gained(np.where(inside, 120, 0).astype(np.uint8), 5, 1).astype(float)
    ring = inside & (abs(radius - 200) < 1.5)
    assert not after[~inside].any()
    assert np.ptp(after[inside]) > 20
    assert np.ptp(after[ring]) < 4


def test_no_time_gain_changes_nothing():
    pixels = np.random.default_rng(0).integers(0, 256, (50, 70), np.uint8)
    assert np.array_equal(time_gained(pixels, 0), pixels)
