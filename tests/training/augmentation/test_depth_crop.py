import numpy as np
import pytest

from ultrasam.training.augmentation.depth_crop import DepthCrop
from ultrasam.training.sample import Sample


def sample(*boxes):
    masks = np.zeros((len(boxes), 100, 200), bool)
    for mask, (x0, y0, x1, y1) in zip(masks, boxes, strict=True):
        mask[y0:y1, x0:x1] = True
    return Sample(np.random.default_rng(0).integers(1, 256, (100, 200), np.uint8), masks)


def crops(before, count=200, **settings):
    rng = np.random.default_rng(0)
    return [DepthCrop(**settings).change(before, rng) for _ in range(count)]


def test_the_top_stays_and_the_rest_is_cut_within_the_ranges():
    before = sample((90, 20, 110, 40))
    sizes = set()
    for after in crops(before, depth=(0.6, 0.9), side=(0.05, 0.2)):
        height, width = after.size_hw
        starts = [
            s for s in range(200 - width + 1) if np.array_equal(before.pixels[:height, s : s + width], after.pixels)
        ]
        assert len(starts) == 1
        (left,) = starts
        assert np.array_equal(after.masks, before.masks[:, :height, left : left + width])
        assert 60 <= height <= 90
        assert 10 <= left <= 40
        assert 10 <= 200 - width - left <= 40
        sizes.add(after.size_hw)
    assert len(sizes) > 100


def test_objects_stay_whole():
    before = sample((5, 10, 30, 50), (100, 60, 190, 88))
    cropped = crops(before, depth=(0.3, 1.0), side=(0, 0.3))
    assert all((after.masks.sum(axis=(1, 2)) == before.masks.sum(axis=(1, 2))).all() for after in cropped)
    # What is free is used, and no more.
    assert min(after.size_hw[0] for after in cropped) in (88, 89)
    assert min(after.size_hw[1] for after in cropped) < 190


def test_objects_at_the_borders_leave_nothing_to_cut():
    before = sample((0, 90, 10, 100), (195, 5, 200, 50))
    assert all(after.size_hw == (100, 200) for after in crops(before, 20))


@pytest.mark.parametrize(
    ("depth", "side", "size_hw"), [((0.5, 0.5), (0, 0), (50, 200)), ((1, 1), (0.25, 0.25), (100, 100))]
)
def test_fixed_cuts_are_exact(depth, side, size_hw):
    assert crops(sample((95, 10, 105, 20)), 1, depth=depth, side=side)[0].size_hw == size_hw


def test_without_outlined_objects_the_image_stays_whole():
    before = sample()
    assert all(after is before for after in crops(before, 5, depth=(0.3, 0.5), side=(0.2, 0.3)))
