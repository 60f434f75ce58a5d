import numpy as np
import pytest

from ultrasam.training.augmentation import AugmentationSettings, augment
from ultrasam.training.sample import Sample


def sample():
    pixels = np.random.default_rng(0).integers(20, 200, (90, 120), np.uint8)
    masks = np.zeros((2, 90, 120), bool)
    masks[0, 20:60, 30:80] = True
    masks[1, 70:85, 95:115] = True
    return Sample(pixels, masks)


def equal(first, second):
    return np.array_equal(first.pixels, second.pixels) and np.array_equal(first.masks, second.masks)


def test_the_same_seed_gives_the_same_sample():
    settings = AugmentationSettings()
    drawn = [augment(sample(), settings, np.random.default_rng(seed)) for seed in (1, 1, 2, 3, 4)]
    assert equal(drawn[0], drawn[1])
    assert not any(equal(drawn[0], other) for other in drawn[2:])


def test_nothing_is_nothing():
    before = sample()
    assert augment(before, AugmentationSettings.nothing(), np.random.default_rng(0)) is before


def test_the_published_recipe_mirrors_every_second_image():
    before, rng = sample(), np.random.default_rng(0)
    mirrored = Sample(before.pixels[:, ::-1], before.masks[:, :, ::-1])
    drawn = [augment(before, AugmentationSettings.published(), rng) for _ in range(400)]
    # 200 expected: four standard deviations are 40.
    assert sum(equal(after, mirrored) for after in drawn) == pytest.approx(200, abs=40)
    assert all(equal(after, mirrored) or equal(after, before) for after in drawn)


def test_switching_one_off_leaves_what_the_others_draw():
    always = {"probability": 1}
    both = AugmentationSettings.nothing().model_dump() | {"speckle": always, "gain": always}
    one = both | {"speckle": {"probability": 0}}
    flat = Sample(np.full((40, 40), 100, np.uint8), np.zeros((0, 40, 40), bool))
    with_speckle, without = (
        augment(flat, AugmentationSettings.model_validate(chosen), np.random.default_rng(5)).pixels
        for chosen in (both, one)
    )
    # Speckle keeps the mean, so that the same gain shows in it.
    assert len(np.unique(without)) == 1
    assert without[0, 0] != 100
    assert with_speckle.mean() == pytest.approx(without[0, 0], abs=2)
    assert with_speckle.std() > 2


def test_all_at_once_keep_every_object():
    settings = AugmentationSettings.model_validate(
        {name: {"probability": 1} for name in AugmentationSettings.model_fields}
    )
    rng = np.random.default_rng(0)
    for _ in range(30):
        after = augment(sample(), settings, rng)
        assert after.masks.shape == (2, *after.size_hw)
        assert (after.masks.sum(axis=(1, 2)) >= 30).all()


@pytest.mark.parametrize("name", AugmentationSettings.model_fields)
@pytest.mark.parametrize("channels", [(), (3,)], ids=["grey", "rgb"])
def test_an_image_without_objects_is_changed_as_well(name, channels):
    """Of a class, nothing is outlined."""
    pixels = np.random.default_rng(0).integers(20, 200, (90, 120, *channels), np.uint8)
    before = Sample(pixels, np.zeros((0, 90, 120), bool))
    settings = AugmentationSettings.nothing().model_dump()
    settings[name] = {**AugmentationSettings().model_dump()[name], "probability": 1}
    chosen = AugmentationSettings.model_validate(settings)
    drawn = [augment(before, chosen, np.random.default_rng(seed)) for seed in range(5)]
    assert all(after.masks.shape == (0, *after.pixels.shape[:2]) for after in drawn)
    # Nobody knows what a crop may cut off there.
    assert any(not np.array_equal(after.pixels, pixels) for after in drawn) == (name != "depth_crop")
