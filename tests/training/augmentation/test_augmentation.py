"""What holds for every kind of augmentation."""

import numpy as np
import pytest

from ultrasam.training.augmentation import AugmentationSettings
from ultrasam.training.augmentation.augmentation import Appearance
from ultrasam.training.sample import Sample

KINDS = {name: field.default for name, field in AugmentationSettings.model_fields.items()}
kinds = pytest.mark.parametrize("augmentation", KINDS.values(), ids=KINDS)


def sample(size_hw=(120, 160), channels=None, objects=2):
    """Noise with a bright disc per object."""
    height, width = size_hw
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:height, :width]
    centres = rng.uniform(0.35, 0.65, (objects, 2)) * size_hw
    masks = np.array([np.hypot(y - cy, x - cx) < min(size_hw) / 4 for cy, cx in centres], bool)
    shape = size_hw if channels is None else (*size_hw, channels)
    pixels = rng.integers(30, 100, shape, np.uint8)
    pixels[masks.any(axis=0) if objects else np.zeros(size_hw, bool)] += 100
    return Sample(pixels, masks.reshape(objects, height, width))


def equal(first, second):
    return np.array_equal(first.pixels, second.pixels) and np.array_equal(first.masks, second.masks)


@kinds
@pytest.mark.parametrize("channels", [None, 3])
def test_types_and_channels_stay_and_no_mask_becomes_empty(augmentation, channels):
    before = sample(channels=channels)
    for seed in range(10):
        after = augmentation.change(before, np.random.default_rng(seed))
        assert after.pixels.dtype == np.uint8
        assert after.masks.dtype == bool
        assert after.pixels.shape[2:] == before.pixels.shape[2:]
        assert after.masks.shape == (2, *after.size_hw)
        assert after.masks.any(axis=(1, 2)).all()
        assert set(np.unique(after.masks.view(np.uint8))) <= {0, 1}
        assert after.pixels.flags.c_contiguous
        assert after.masks.flags.c_contiguous


@kinds
@pytest.mark.parametrize("channels", [None, 3])
def test_the_given_arrays_stay_as_they_are(augmentation, channels):
    before = sample(channels=channels)
    before.pixels.flags.writeable = before.masks.flags.writeable = False
    for seed in range(5):
        augmentation.change(before, np.random.default_rng(seed))
    assert equal(before, sample(channels=channels))


@kinds
def test_randomness_hangs_on_the_seed_only(augmentation):
    results = [augmentation.change(sample(), np.random.default_rng(seed)) for seed in (1, 1, 2, 3, 4, 5)]
    assert equal(results[0], results[1])
    if augmentation not in (KINDS["horizontal_flip"], KINDS["vertical_flip"]):
        assert not all(equal(results[0], other) for other in results[2:])


@kinds
def test_every_kind_changes_something(augmentation):
    assert not all(equal(sample(), augmentation.change(sample(), np.random.default_rng(seed))) for seed in range(5))


@kinds
def test_probabilities_are_kept(augmentation):
    rng, before = np.random.default_rng(0), sample(size_hw=(12, 16), objects=0)
    acted = []

    class Counted(type(augmentation)):
        def change(self, sample, rng):
            acted.append(1)
            return sample

    for _ in range(400):
        Counted(probability=0.25)(before, rng)
    # 100 expected: four standard deviations are 35.
    assert len(acted) == pytest.approx(100, abs=35)
    assert type(augmentation)(probability=0)(before, rng) is before


@kinds
def test_a_probability_of_one_is_always(augmentation):
    always, before = augmentation.model_copy(update={"probability": 1.0}), sample()
    after_the_toss = np.random.default_rng(3)
    after_the_toss.random()
    assert equal(always(before, np.random.default_rng(3)), augmentation.change(before, after_the_toss))


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if isinstance(kind, Appearance)])
def test_appearance_leaves_masks_and_size(name):
    before = sample()
    after = KINDS[name].change(before, np.random.default_rng(0))
    assert after.masks is before.masks
    assert after.pixels.shape == before.pixels.shape


@pytest.mark.parametrize("name", ["speckle", "shadow", "time_gain", "gain", "grey_map", "resampling"])
def test_appearance_treats_all_channels_alike(name):
    grey = sample()
    colour = Sample(np.stack([grey.pixels] * 3, axis=-1), grey.masks)
    after = KINDS[name].change(colour, np.random.default_rng(0)).pixels
    expected = KINDS[name].change(grey, np.random.default_rng(0)).pixels
    assert all(np.array_equal(after[..., channel], expected) for channel in range(3))


@kinds
@pytest.mark.parametrize("size_hw", [(1, 1), (1, 50), (50, 1), (7, 5), (17, 33)])
def test_small_images_without_objects_pass(augmentation, size_hw):
    before = sample(size_hw=size_hw, objects=0)
    for seed in range(3):
        after = augmentation.change(before, np.random.default_rng(seed))
        assert after.masks.shape == (0, *after.size_hw)
        assert min(after.size_hw) >= 1
