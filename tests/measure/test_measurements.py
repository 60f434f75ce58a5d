import json

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.measure import regionprops

from tests.measure.shapes import blobs, disc, ellipse
from ultrasam.errors import InputError
from ultrasam.measure import measure

any_mask = hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=10))
LENGTHS = ("perimeter", "longest_diameter", "shortest_diameter")


@pytest.mark.parametrize("seed", range(3))
def test_agrees_with_scikit_image(seed):
    mask = blobs(seed)
    region = regionprops(mask.astype(np.uint8))[0]
    mine = measure(mask)
    assert mine.area_px == region.area
    assert mine.centroid_xy == pytest.approx(region.centroid[::-1])
    assert mine.longest_diameter_px == pytest.approx(region.feret_diameter_max, abs=1)
    assert mine.ellipse.major_axis == pytest.approx(region.axis_major_length, abs=0.1)
    assert mine.ellipse.centre_xy == mine.centroid_xy


def test_area_agrees_with_opencv():
    mask = ellipse(120, 70, 20)
    outline = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0][0]
    # Their polygon runs through pixel centres: Pick's theorem gives the pixels.
    assert measure(mask).area_px == cv2.contourArea(outline) + len(outline) / 2 + 1


@given(any_mask, st.tuples(st.floats(0.01, 5), st.floats(0.01, 5)))
def test_whatever_the_mask_the_dictionary_is_plain_json(mask, spacing):
    for measured in (measure(mask), measure(mask, spacing)):
        flat = measured.to_dict()
        assert json.loads(json.dumps(flat, allow_nan=False)) == flat
        assert all(value is None or np.isfinite(value) for value in flat.values())


@given(any_mask.filter(np.any), st.floats(0.01, 5))
def test_square_pixels_scale_everything(mask, spacing):
    measured = measure(mask, (spacing, spacing))
    flat = measured.to_dict()
    assert measured.area_mm2 == pytest.approx(measured.area_px * spacing**2)
    for name in (*LENGTHS, "ellipse_major_axis", "ellipse_minor_axis", "ellipse_circumference"):
        assert flat[f"{name}_mm"] == pytest.approx(flat[f"{name}_px"] * spacing)


def test_oblong_pixels_are_measured_where_they_lie():
    # In millimetres this is a disc with a radius of 30.
    mask = ellipse(200, 120)
    measured = measure(mask, (0.3, 0.5))
    assert measured.area_mm2 == pytest.approx(np.pi * 30**2, rel=0.002)
    assert measured.perimeter_mm == pytest.approx(2 * np.pi * 30, rel=0.008)
    assert measured.longest_diameter_mm == pytest.approx(60, rel=0.01)
    assert measured.shortest_diameter_mm == pytest.approx(60, rel=0.01)
    assert measured.ellipse_mm.major_axis == pytest.approx(60, rel=0.001)
    assert measured.ellipse_mm.circumference == pytest.approx(2 * np.pi * 30, rel=0.001)


@pytest.mark.parametrize("times", [2, 3])
def test_oblong_pixels_equal_square_ones_of_the_repeated_mask(times):
    mask = ellipse(150, 90, 30)
    oblong = measure(mask, (1.0, float(times)))
    square = measure(np.repeat(mask, times, axis=0))
    assert oblong.area_mm2 == square.area_px
    assert oblong.ellipse_mm.major_axis == pytest.approx(square.ellipse.major_axis)
    assert oblong.ellipse_mm.angle_deg == pytest.approx(square.ellipse.angle_deg)
    assert oblong.perimeter_mm == pytest.approx(square.perimeter_px, rel=0.02)
    assert oblong.longest_diameter_mm == pytest.approx(square.longest_diameter_px, abs=2)


@settings(max_examples=30)
@given(any_mask.filter(np.any), st.integers(0, 5), st.integers(0, 5))
def test_moving_the_mask_moves_only_the_centroid(mask, down, right):
    here, there = measure(mask), measure(np.pad(mask, ((down, 1), (right, 2))))
    moved = (here.centroid_xy[0] + right, here.centroid_xy[1] + down)
    assert there.centroid_xy == pytest.approx(moved)
    for name in ("area_px", "components", *(f"{length}_px" for length in LENGTHS)):
        assert getattr(there, name) == pytest.approx(getattr(here, name))


def test_one_pixel():
    mask = np.zeros((9, 9), bool)
    mask[4, 6] = True
    measured = measure(mask)
    assert (measured.area_px, measured.components, measured.centroid_xy) == (1, 1, (6.0, 4.0))
    assert measured.longest_diameter_px == 1


def test_the_whole_image():
    measured = measure(np.ones((30, 40), bool))
    assert (measured.area_px, measured.components) == (1200, 1)
    assert measured.shortest_diameter_px == 30
    assert measured.centroid_xy == (19.5, 14.5)


def test_a_mask_at_the_border_is_cut_there():
    half = disc(40)[:, 44:]
    assert measure(half).perimeter_px == pytest.approx(np.pi * 40 + 80, rel=0.01)


def test_an_empty_mask_is_a_result():
    empty = np.zeros((5, 5), bool)
    assert measure(empty).to_dict() == {
        **dict.fromkeys(measure(~empty).to_dict()),
        "area_px": 0,
        "components": 0,
    }
    assert measure(empty, (0.1, 0.2)).area_mm2 == 0


def test_without_spacing_nothing_is_in_millimetres():
    flat = measure(disc(5)).to_dict()
    assert {name for name, value in flat.items() if value is None} == {
        name for name in flat if name.endswith(("_mm", "_mm2"))
    }


@pytest.mark.parametrize(
    "mask",
    [
        np.zeros((4, 4)),
        np.zeros((4, 4), np.uint8),
        np.zeros((1, 4, 4), bool),
        np.zeros(4, bool),
        [[True]],
        None,
    ],
)
def test_what_is_no_mask_is_refused(mask):
    with pytest.raises(InputError, match=r"bool array \(H, W\)"):
        measure(mask)


@pytest.mark.parametrize("spacing", [(0, 1), (1, -1), (1, float("nan")), (1, float("inf")), (1,), (1, 1, 1)])
def test_impossible_spacing_is_refused(spacing):
    with pytest.raises(InputError, match="two positive numbers"):
        measure(np.ones((2, 2), bool), spacing)


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (5, 0)])
def test_an_image_without_pixels_has_nothing_to_measure(shape):
    assert measure(np.zeros(shape, bool)).area_px == 0
