import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ultrasam.errors import ImageError
from ultrasam.imaging.intensity import grey_scale


@pytest.mark.parametrize(
    ("values", "limits"),
    [
        (np.array([0, 200], np.uint8), (0, 255)),
        (np.array([0, 3], np.uint16), (0, 255)),
        (np.array([0, 256], np.uint16), (0, 511)),
        (np.array([0, 1000], np.uint16), (0, 1023)),
        (np.array([7, 4000], np.int32), (0, 4095)),
        (np.array([65535], np.uint16), (0, 65535)),
        (np.array([-5, 10], np.int16), (-5, 10)),
        (np.array([0.0, 1.0]), (0, 1)),
        (np.array([0.0, 1.5]), (0, 255)),
        (np.array([0.0, 255.0], np.float32), (0, 255)),
        (np.array([0.0, 300.0]), (0, 300)),
        (np.array([-1.0, 1.0]), (-1, 1)),
    ],
)
def test_the_scale_follows_from_the_values(values, limits):
    scale = grey_scale([values], "x")
    assert (scale.low, scale.high) == limits


def test_one_scale_for_all_frames():
    frames = [np.array([0, 100], np.uint16), np.array([0, 4000], np.uint16)]
    scale = grey_scale(frames, "x")
    assert scale.to_uint8(frames[0]).tolist() == [0, 6]
    assert scale.to_uint8(frames[1]).tolist() == [0, 249]


def test_values_in_8_bits_stay_as_they_are():
    values = np.arange(256)
    assert (grey_scale([values], "x").to_uint8(values) == values).all()


def test_pixels_that_are_not_finite_are_counted():
    frames = [np.array([np.nan, 1, np.inf]), np.array([-np.inf, 0, 0])]
    with pytest.raises(ImageError, match=r"finite pixel values in scan\.tif, but 3 are NaN or infinite"):
        grey_scale(frames, "scan.tif")


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    hnp.arrays(
        st.sampled_from([np.int16, np.uint16, np.int32, np.uint32, np.float32, np.float64]),
        st.integers(1, 20),
    ).filter(lambda values: np.isfinite(values).all())
)
def test_grey_values_keep_their_order_and_their_range(values):
    grey = grey_scale([values], "x").to_uint8(values)
    order = np.argsort(values, kind="stable")
    assert (np.diff(grey[order].astype(int)) >= 0).all()
    if values.min() < 0 and values.min() < values.max():
        assert (grey.min(), grey.max()) == (0, 255)
