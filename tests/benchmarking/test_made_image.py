import numpy as np
import pytest
from scipy.stats import kurtosis

from ultrasam.benchmarking.made_image import made_boxes, made_image
from ultrasam.types import Prompts


def test_the_same_seed_gives_the_same_image():
    pixels, boxes = made_image()
    np.testing.assert_array_equal(pixels, made_image()[0])
    assert (pixels.shape, pixels.dtype) == ((600, 800), np.uint8)
    assert (pixels != made_image(1)[0]).any()
    assert boxes == made_image(1)[1]


def test_cysts_are_darker_than_what_is_around_them():
    pixels, boxes = made_image()
    for x0, y0, x1, y1 in np.array(boxes, int):
        width, height = x1 - x0, y1 - y0
        inside = pixels[y0 + height // 4 : y1 - height // 4, x0 + width // 4 : x1 - width // 4]
        corners = pixels[y0 : y0 + height // 10, x0 : x0 + width // 10]
        assert inside.mean() + 60 < corners.mean()


def test_there_is_a_sector_in_black():
    pixels, _ = made_image()
    assert not pixels[:, 0].any()
    assert not pixels[0].any()
    assert 0.4 < (pixels > 0).mean() < 0.7


def test_speckle_is_skewed_as_log_compressed_rayleigh_noise_is():
    pixels, _ = made_image()
    patch = pixels[240:300, 600:660].astype(float)
    assert patch.mean() < np.median(patch)
    assert kurtosis(patch.ravel()) > 0.5


@pytest.mark.parametrize("size_hw", [(60, 80), (600, 20)], ids=str)
def test_boxes_of_any_image_lie_in_it(size_hw):
    boxes = made_boxes(size_hw, 30)
    assert len(boxes) == len(set(boxes)) == 30
    for box in boxes:
        Prompts(box_xyxy=box).check_inside(size_hw)
    height, width = size_hw
    assert boxes[0] == pytest.approx((0.3 * width, 0.3 * height, 0.7 * width, 0.7 * height))
    assert boxes == made_boxes(size_hw, 30)
    assert boxes[1:] != made_boxes(size_hw, 30, seed=1)[1:]
