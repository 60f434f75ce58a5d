import cv2
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from ultrasam.training.augmentation.affine import Affine
from ultrasam.training.sample import Sample

HEIGHT, WIDTH = 120, 160
STILL = {"rotation_degrees": (0, 0), "scale": (1, 1), "shift": (0, 0)}


def sample(mask=None):
    pixels = gaussian_filter(np.random.default_rng(0).normal(128, 600, (HEIGHT, WIDTH)), 4).clip(0, 255)
    if mask is None:
        mask = np.zeros((HEIGHT, WIDTH), bool)
        mask[40:90, 50:110] = True
    return Sample(pixels.astype(np.uint8), mask[None])


def moved(before, **changes):
    return Affine(**STILL | changes).change(before, np.random.default_rng(0))


def reference(picture, degrees, scale, flags):
    # OpenCV's coordinates are those of pixel centres.
    matrix = cv2.getRotationMatrix2D((WIDTH / 2 - 0.5, HEIGHT / 2 - 0.5), degrees, scale)
    return cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), flags=flags)


@pytest.mark.parametrize(("degrees", "scale"), [(20, 1), (-7, 1.3), (0, 0.8), (90, 1), (0, 1)])
def test_pixels_and_masks_agree_with_opencv(degrees, scale):
    before = sample()
    after = moved(before, rotation_degrees=(degrees, degrees), scale=(scale, scale))
    expected = reference(before.pixels, degrees, scale, cv2.INTER_LINEAR)
    # At the border the two interpolate with black or do not.
    inner = reference(np.full_like(before.pixels, 255), degrees, scale, cv2.INTER_LINEAR) == 255
    inner = cv2.erode(inner.astype(np.uint8), np.ones((5, 5))) > 0
    assert inner.sum() > 5000
    assert np.abs(after.pixels.astype(int) - expected)[inner].max() <= 4
    mask = reference(before.masks[0].astype(np.uint8), degrees, scale, cv2.INTER_NEAREST) > 0
    # Nearest pixels may differ where an edge runs right through them.
    assert (mask != after.masks[0]).sum() <= 0.02 * mask.sum()


def test_shifts_go_right_and_down():
    before = sample()
    after = moved(before, shift=(0.05, 0.05))
    assert np.array_equal(after.pixels[6:, 8:], before.pixels[:-6, :-8])
    assert np.array_equal(after.masks[:, 6:, 8:], before.masks[:, :-6, :-8])
    assert not after.pixels[:6].any()
    assert not after.pixels[:, :8].any()


def test_every_mask_follows_what_is_drawn_in_the_pixels():
    masks = np.zeros((3, HEIGHT, WIDTH), bool)
    masks[0, 20:60, 30:70] = masks[1, 50:100, 80:130] = masks[2, 70:100, 20:60] = True
    for mask in masks:
        drawn = Sample(mask.astype(np.uint8) * 255, masks)
        after = Affine().change(drawn, np.random.default_rng(1))
        assert after is not drawn
        i = int(np.flatnonzero([np.array_equal(mask, other) for other in masks])[0])
        assert ((after.pixels > 127) != after.masks[i]).sum() <= 0.03 * mask.sum()


@pytest.mark.parametrize(
    ("rows", "columns", "shift", "stays"),
    [
        (slice(50, 70), slice(0, 30), (-0.05, -0.05), False),
        (slice(50, 70), slice(0, 20), (-0.1, -0.1), True),
        (slice(50, 70), slice(0, 31), (-0.1, -0.1), True),
        (slice(50, 70), slice(0, 32), (-0.1, -0.1), False),
        (slice(50, 55), slice(50, 55), (0.0, 0.0), True),
    ],
)
def test_a_sample_stays_where_an_object_would_be_lost(rows, columns, shift, stays):
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[rows, columns] = True
    before = sample(mask)
    # 8 columns to the left leave 22 of 30; 16 leave 4 of 20, 15 of 31 and just half of 32. 25 pixels are too few.
    after = Affine(**STILL | {"shift": shift}).change(before, np.random.default_rng(0))
    assert (after is before) == stays


def test_an_object_is_not_lost_by_being_made_smaller():
    before = sample()
    after = moved(before, scale=(0.5, 0.5))
    assert after.masks.sum() == pytest.approx(before.masks.sum() / 4, rel=0.05)
