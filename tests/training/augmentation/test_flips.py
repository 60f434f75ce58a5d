import numpy as np
import pytest

from ultrasam.training.augmentation.flips import HorizontalFlip, VerticalFlip
from ultrasam.training.sample import Sample


@pytest.mark.parametrize(("kind", "axis"), [(HorizontalFlip, 1), (VerticalFlip, 0)])
@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3)])
def test_pixels_and_masks_are_mirrored(kind, axis, shape):
    rng = np.random.default_rng(0)
    before = Sample(rng.integers(0, 256, shape, np.uint8), rng.random((2, 5, 7)) < 0.5)
    after = kind().change(before, rng)
    assert np.array_equal(after.pixels, np.flip(before.pixels, axis))
    assert np.array_equal(after.masks, np.flip(before.masks, axis + 1))
