import math

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, label, map_coordinates

from ultrasam.training.augmentation.beams import Beams
from ultrasam.training.augmentation.fan import Fan
from ultrasam.training.sample import Sample

HEIGHT, WIDTH = 300, 400
OPENING, PROBE = 60.0, 0.3
FAN = Fan(opening_degrees=(OPENING, OPENING), probe_radius=(PROBE, PROBE))


def sample():
    pixels = gaussian_filter(np.random.default_rng(0).normal(128, 900, (HEIGHT, WIDTH)), 8).clip(20, 255)
    masks = np.zeros((2, HEIGHT, WIDTH), bool)
    masks[0, 60:140, 80:200] = masks[1, 200:280, 300:390] = True
    return Sample(pixels.astype(np.uint8), masks)


def bent(before):
    return FAN.change(before, np.random.default_rng(0))


def where_from():
    """Column and row that each pixel of the sector comes from: scan conversion by the textbook."""
    half = math.radians(OPENING) / 2
    far = min(WIDTH / (2 * math.sin(half)), HEIGHT / (1 - PROBE * math.cos(half)))
    extent = far - PROBE * far * math.cos(half)
    apex_y = (HEIGHT - extent) / 2 + extent - far
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    angle, radius = np.arctan2(x - WIDTH / 2, y - apex_y), np.hypot(x - WIDTH / 2, y - apex_y)
    return (angle / half + 1) / 2 * WIDTH, (radius / far - PROBE) / (1 - PROBE) * HEIGHT


def test_pixels_and_masks_agree_with_scan_conversion():
    before = sample()
    after = bent(before)
    column, row = where_from()
    inside = (column > 4) & (column < WIDTH - 4) & (row > 4) & (row < HEIGHT - 4)
    expected = map_coordinates(before.pixels.astype(float), [row - 0.5, column - 0.5], order=1)
    assert inside.sum() > 0.4 * inside.size
    assert np.abs(after.pixels - expected)[inside].max() < 8
    assert np.abs(after.pixels - expected)[inside].mean() < 1
    for mask, moved in zip(before.masks, after.masks, strict=True):
        scanned = map_coordinates(mask.astype(float), [row - 0.5, column - 0.5], order=1) > 0.5
        assert (scanned != moved).sum() < 0.03 * scanned.sum()


def test_outside_the_sector_is_black():
    column, row = where_from()
    outside = (column < -4) | (column > WIDTH + 4) | (row < -4) | (row > HEIGHT + 4)
    assert outside.sum() > 0.2 * outside.size
    assert not bent(sample()).pixels[outside].any()


def test_masks_follow_what_is_drawn_in_the_pixels():
    before = sample()
    drawn = Sample((before.masks[0] * 200 + 50).astype(np.uint8), before.masks)
    after = bent(drawn)
    assert ((after.pixels > 150) != after.masks[0]).sum() < 0.02 * after.masks[0].sum()


def test_a_bent_image_is_seen_as_sector_and_not_bent_again():
    after = bent(sample())
    x, y = Beams.of(after.pixels).apex_xy
    half = math.radians(OPENING) / 2
    far = min(WIDTH / (2 * math.sin(half)), HEIGHT / (1 - PROBE * math.cos(half)))
    extent = far - PROBE * far * math.cos(half)
    assert x == pytest.approx(WIDTH / 2, abs=4)
    assert y == pytest.approx((HEIGHT + extent) / 2 - far, abs=12)
    assert bent(after) is after


def test_a_framed_image_is_not_bent():
    before = sample()
    before.pixels[:40] = 0
    assert bent(before) is before


def test_a_sample_stays_where_an_object_becomes_too_small():
    before = sample()
    before.masks[1] = False
    before.masks[1, 10:16, 100:106] = True
    assert bent(before) is before


@pytest.mark.parametrize(("opening", "probe"), [(75.0, 0.15), (75.0, 0.02), (120.0, 0.3)])
def test_nothing_is_above_the_apex_of_a_tall_image(opening, probe):
    height, width = 400, 200
    masks = np.zeros((1, height, width), bool)
    masks[0, 40:360, 20:180] = True
    fan = Fan(opening_degrees=(opening, opening), probe_radius=(probe, probe))
    after = fan.change(Sample(np.full((height, width), 200, np.uint8), masks), np.random.default_rng(0))
    half = math.radians(opening) / 2
    far = min(width / (2 * math.sin(half)), height / (1 - probe * math.cos(half)))
    apex_y = (height - far * (1 - probe * math.cos(half))) / 2 - probe * far * math.cos(half)
    above = max(0, int(apex_y))
    assert not after.pixels[:above].any()
    assert not after.masks[:, :above].any()
    assert label(after.masks[0])[1] == 1
    # The lit part is the sector: its area by geometry.
    assert np.count_nonzero(after.pixels) == pytest.approx(half * far**2 * (1 - probe**2), rel=0.03)
