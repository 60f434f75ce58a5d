import numpy as np
import pytest
from skimage.exposure import adjust_gamma, rescale_intensity

from ultrasam.training.augmentation.grey_map import GreyMap

PIXELS = np.arange(256, dtype=np.uint8).reshape(16, 16)


def mapped(gamma=1.0, reject=0.0):
    return GreyMap(gamma=(gamma, gamma), reject=(reject, reject)).repaint(PIXELS, np.random.default_rng(0))


@pytest.mark.parametrize("gamma", [0.5, 0.8, 1, 1.5])
def test_gamma_agrees_with_scikit_image(gamma):
    assert mapped(gamma).astype(int) == pytest.approx(adjust_gamma(PIXELS, gamma).astype(int), abs=1)


def test_reject_stretches_what_is_left():
    expected = rescale_intensity(PIXELS.astype(float), (51, 255), (0, 255))
    assert mapped(reject=0.2).astype(float) == pytest.approx(expected, abs=0.51)
