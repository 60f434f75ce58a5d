from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from ultrasam.corpus.reading import Legend, OutlineMask
from ultrasam.corpus.reading.outlines import filled, is_line
from ultrasam.corpus.sample import Unreadable
from ultrasam.corpus.source import SourceFile

SIZE_HW = (160, 200)
HEAD = Legend.binary("head")


@dataclass(frozen=True)
class Given:
    """Labels that are here already."""

    values: object
    files: tuple = (SourceFile("a/mask.png", 1, "crc:0", None),)

    def load(self):
        return self.values


def ring(centre=(100, 80), axes=(60, 40), angle=20, start=0, stop=360, thickness=3, value=255):
    """An ellipse's outline as OpenCV draws it."""
    canvas = np.zeros(SIZE_HW, np.uint8)
    return cv2.ellipse(canvas, centre, axes, angle, start, stop, value, thickness)


def whole(**changes):
    """The same, filled, with the outer half of the line."""
    return (ring(**changes) > 0) | (ring(**{**changes, "thickness": -1}) > 0)


def read(values, legend=HEAD, size_hw=SIZE_HW, **options):
    found = OutlineMask(Given(values), legend, **options).read(size_hw)
    return {entry.category: entry.mask for entry in found.objects}, [remark.kind for remark in found.remarks]


def overlap(a, b):
    return (a & b).sum() / (a | b).sum()


@pytest.mark.parametrize("shape", ["ellipse", "any"])
@pytest.mark.parametrize("thickness", [1, 3, 5])
def test_a_closed_ring_is_filled(shape, thickness):
    masks, remarks = read(ring(thickness=thickness), shape=shape)
    assert overlap(masks["head"], whole(thickness=thickness)) > 0.995
    assert remarks == []


@pytest.mark.parametrize("shape", ["ellipse", "any"])
def test_an_object_that_is_filled_already_stays_as_it_is(shape):
    solid = ring(thickness=-1)
    solid[70:74, 90:94] = 0
    masks, remarks = read(solid, shape=shape)
    assert (masks["head"] == (solid > 0)).all()
    assert remarks == []


@pytest.mark.parametrize("stop", [352, 300, 200], ids=["a gap", "a large gap", "half"])
def test_an_open_ellipse_is_completed(stop):
    masks, remarks = read(ring(stop=stop), shape="ellipse")
    assert overlap(masks["head"], whole()) > 0.99
    assert remarks == ["open outline, filled as the ellipse through it"]


@pytest.mark.parametrize("centre", [(30, 80), (100, 140), (180, 20)], ids=["left", "below", "corner"])
def test_an_ellipse_that_the_border_cuts_is_completed_and_clipped(centre):
    masks, remarks = read(ring(centre=centre), shape="ellipse")
    assert overlap(masks["head"], whole(centre=centre)) > 0.995
    assert remarks == ["open outline, filled as the ellipse through it"]


def test_a_closed_outline_that_is_no_ellipse_is_filled_all_the_same():
    square = cv2.rectangle(np.zeros(SIZE_HW, np.uint8), (40, 30), (150, 120), 255, 2)
    masks, _ = read(square, shape="ellipse")
    assert (masks["head"] == (cv2.rectangle(square, (40, 30), (150, 120), 255, -1) > 0)).all()


def test_an_open_outline_that_is_no_ellipse_is_unreadable():
    zigzag = cv2.polylines(
        np.zeros(SIZE_HW, np.uint8), [np.array([[10, 10], [180, 20], [20, 60], [170, 140]])], False, 255, 2
    )
    with pytest.raises(Unreadable, match=r"outlines of ellipses in a/mask\.png, but one is open"):
        read(zigzag, shape="ellipse")


def test_small_gaps_of_any_outline_are_closed():
    outline = np.array([[40, 30], [150, 40], [130, 120], [90, 100], [50, 130]])
    closed = cv2.polylines(np.zeros(SIZE_HW, np.uint8), [outline], True, 255, 2)
    full = cv2.fillPoly(closed.copy(), [outline], 255) > 0
    closed[34:39, 96:104] = 0
    masks, remarks = read(closed)
    assert overlap(masks["head"], full) > 0.985
    assert not (masks["head"] & ~full).sum() > 40
    assert remarks == ["outline with gaps, closed"]


def test_wide_gaps_of_any_outline_stay_open_and_it_is_left_out():
    masks, remarks = read(ring(stop=300))
    assert masks == {}
    assert remarks == ["open outline, left out"]


def test_outlines_inside_each_other_are_objects_of_their_own():
    """A ventricle inside the heart's outer contour, each with its own value."""
    labels = np.maximum(ring(value=5), ring(axes=(30, 15), value=1))
    masks, _ = read(labels, Legend.index({1: "ventricle", 5: "heart"}))
    assert overlap(masks["heart"], whole()) > 0.99
    assert overlap(masks["ventricle"], whole(axes=(30, 15))) > 0.99


def test_it_is_filled_before_it_is_brought_to_the_image_size():
    """Every second pixel of a thin line would be lost, and with it the inside."""
    masks, remarks = read(ring(thickness=1), size_hw=(80, 100), shape="ellipse")
    assert masks["head"].sum() == pytest.approx(whole(thickness=1).sum() / 4, rel=0.02)
    assert remarks == ["mask of another size than its image, brought to it"]


def test_an_empty_array_has_no_object():
    assert read(np.zeros(SIZE_HW, np.uint8), shape="ellipse") == ({}, [])


def test_values_outside_the_legend_are_still_said():
    labels = ring(value=5)
    labels[0, 0] = 9
    assert read(labels, Legend.index({5: "heart"}))[1] == ["value outside the legend, taken as background"]


@pytest.mark.parametrize(("width", "expected"), [(1, True), (4, True), (5, False), (9, False)])
def test_a_line_is_as_wide_as_its_widest_part(width, expected):
    mask = np.zeros((40, 40), bool)
    mask[10 : 10 + width, :] = True
    mask[:, 5] = True
    assert is_line(mask, 4) is expected


def test_what_is_enclosed_is_found_as_scipy_finds_it():
    from scipy.ndimage import binary_fill_holes

    mask = np.random.default_rng(0).random((60, 70)) < 0.55
    assert (filled(mask) == binary_fill_holes(mask)).all()
