import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evaluation.metrics.pairs import FORGOTTEN, any_pair, painted, random_pairs, real_pairs
from ultrasam.errors import InputError
from ultrasam.evaluation.metrics.boundary import band_width, boundary_iou


def of_paper(predicted, truth, ratio=0.02):
    """As the paper has it: erosions one after the other by OpenCV, in a frame of zeros."""
    width = max(1, round(ratio * np.hypot(*truth.shape)))
    bands = []
    for mask in (predicted, truth):
        framed = cv2.copyMakeBorder(mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
        eroded = cv2.erode(framed, np.ones((3, 3), np.uint8), iterations=width)[1:-1, 1:-1]
        bands.append(mask & (eroded == 0))
    union = (bands[0] | bands[1]).sum()
    return (bands[0] & bands[1]).sum() / union if union else 1


@given(any_pair, st.floats(0.001, 0.7))
def test_tiny_masks_with_narrow_and_wide_bands(pair, ratio):
    assert boundary_iou(*pair, ratio) == pytest.approx(of_paper(*pair, ratio))


@pytest.mark.parametrize("name", FORGOTTEN)
def test_masks_that_are_easily_forgotten(name):
    for ratio in (0.02, 0.1, 2):
        assert boundary_iou(*FORGOTTEN[name], ratio) == pytest.approx(of_paper(*FORGOTTEN[name], ratio))


def test_random_masks():
    for pair in random_pairs():
        assert boundary_iou(*pair) == pytest.approx(of_paper(*pair))


@pytest.mark.parametrize("dataset", ["CAMUS", "FALLMUD", "USGRA"])
def test_real_masks(dataset):
    for pair in real_pairs(dataset):
        assert boundary_iou(*pair) == pytest.approx(of_paper(*pair))


def test_empty_masks():
    assert boundary_iou(painted(), painted()) == 1
    assert boundary_iou(painted((3, 3, 9, 9)), painted()) == 0


@pytest.mark.parametrize(("size_hw", "expected"), [((1, 1), 1), ((300, 400), 10), ((480, 640), 16)])
def test_width_of_the_band(size_hw, expected):
    assert band_width(size_hw) == expected


@pytest.mark.parametrize("ratio", [0, -1, float("nan")])
def test_a_band_needs_a_width(ratio):
    with pytest.raises(InputError, match="positive dilation_ratio"):
        boundary_iou(painted(), painted(), ratio)
