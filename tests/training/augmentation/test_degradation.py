import io

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from ultrasam.training.augmentation.degradation import Jpeg, Resampling


def noise(shape=(60, 80)):
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


@pytest.mark.parametrize("quality", [1, 30, 75, 95])
@pytest.mark.parametrize("shape", [(60, 80), (60, 80, 3)])
def test_jpeg_is_pillows_round_trip(quality, shape):
    file = io.BytesIO()
    Image.fromarray(noise(shape)).save(file, "JPEG", quality=quality)
    after = Jpeg(quality=(quality, quality)).repaint(noise(shape), np.random.default_rng(0))
    assert np.array_equal(after, np.asarray(Image.open(file)))


def test_both_ends_of_the_qualities_are_drawn():
    rng = np.random.default_rng(0)
    drawn = {Jpeg(quality=(50, 52)).repaint(noise(), rng).tobytes() for _ in range(40)}
    assert len(drawn) == 3


@pytest.mark.parametrize("scale", [0.25, 0.5])
def test_resampling_loses_what_is_finer_than_its_pixels(scale):
    after = Resampling(scale=(scale, scale)).repaint(noise((200, 200)), np.random.default_rng(0)).astype(float)
    strengths = np.abs(np.fft.fft2(after - after.mean())) ** 2
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(200), np.fft.fftfreq(200)))
    # Beyond the reduced grid's corner frequency nothing but the filter's leakage is left.
    assert strengths[frequency > 0.75 * scale].sum() < 0.05 * strengths.sum()


def test_resampling_keeps_what_is_coarse():
    coarse = gaussian_filter(np.random.default_rng(0).normal(128, 900, (200, 300)), 8).clip(0, 255).astype(np.uint8)
    for seed in range(5):
        after = Resampling(scale=(0.5, 0.5)).repaint(coarse, np.random.default_rng(seed))
        assert np.abs(after.astype(int) - coarse).mean() < 1
