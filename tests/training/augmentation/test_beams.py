import math

import numpy as np
import pytest

from ultrasam.training.augmentation.beams import Beams

APEX = (200.0, -60.0)


def sector(apex_xy=APEX, half_angle=0.6, near=90, far=340, size_hw=(300, 400)):
    y, x = np.mgrid[: size_hw[0], : size_hw[1]] + 0.5
    angle, radius = np.arctan2(x - apex_xy[0], y - apex_xy[1]), np.hypot(x - apex_xy[0], y - apex_xy[1])
    noise = np.random.default_rng(0).integers(60, 200, size_hw)
    return np.where((abs(angle) < half_angle) & (radius > near) & (radius < far), noise, 0).astype(np.uint8)


@pytest.mark.parametrize("apex", [(200.0, -60.0), (180.0, -40.0), (200.0, 4.0)])
def test_the_apex_of_a_sector_is_found(apex):
    found = Beams.of(sector(apex, near=5 if apex[1] > 0 else 90, far=290)).apex_xy
    assert found == pytest.approx(apex, abs=8)


def test_the_outermost_beams_are_found():
    assert Beams.of(sector(half_angle=0.5)).leans == pytest.approx((-math.tan(0.5), math.tan(0.5)), abs=0.03)


def test_a_few_letters_beside_a_sector_do_not_matter():
    pixels = sector()
    pixels[60:72, 10:40] = 255
    assert Beams.of(pixels).apex_xy == pytest.approx(APEX, abs=12)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((100, 120), np.uint8),
        np.full((100, 120), 90, np.uint8),
        np.pad(np.full((60, 60), 90, np.uint8), 30),
        np.full((1, 1), 90, np.uint8),
        np.full((100, 120, 3), 90, np.uint8),
    ],
    ids=["black", "full", "framed", "one pixel", "colour"],
)
def test_elsewhere_beams_run_straight_down(pixels):
    assert Beams.of(pixels).apex_xy is None


def test_straight_beams_have_columns_and_rows_as_coordinates():
    lateral, depth = Beams((160, 240), None, (0.0, 0.0)).coordinates()
    assert lateral.shape == depth.shape == (20, 30)
    assert np.ptp(lateral, axis=0).max() == 0
    assert np.ptp(depth, axis=1).max() == 0
    assert lateral[0] == pytest.approx((np.arange(30) + 0.5) / 30)
    assert depth[:, 0] == pytest.approx((np.arange(20) + 0.5) / 20)


def test_sector_beams_leave_the_apex():
    lateral, depth = Beams((160, 240), (120.0, -40.0), (-1.0, 0.5)).coordinates()
    y, x = np.mgrid[:20, :30] * 8 + 4
    angle, radius = np.arctan2(x - 120, y + 40), np.hypot(x - 120, y + 40)
    assert lateral == pytest.approx((angle + math.pi / 4) / (math.pi / 4 + math.atan(0.5)), abs=1e-5)
    assert depth == pytest.approx((radius - radius.min()) / np.ptp(radius), abs=1e-5)
