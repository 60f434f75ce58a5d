import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp
from scipy import ndimage
from scipy.special import ellipe
from skimage.measure import find_contours, perimeter_crofton

from tests.measure.shapes import blobs, disc, ellipse, rectangle
from ultrasam.measure.contour import Contour

any_mask = hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=10))
offsets = np.random.default_rng(0).uniform(-0.5, 0.5, (20, 2))


def closed_contours(contour):
    left, contours = set(range(len(contour.following))), []
    while left:
        members = [left.pop()]
        while (following := int(contour.following[members[-1]])) != members[0]:
            left.remove(following)
            members.append(following)
        contours.append(members)
    return contours


@given(any_mask.filter(np.any))
def test_every_edge_lies_on_exactly_one_closed_contour(mask):
    contour = Contour.of(mask)
    assert sorted(contour.following) == list(range(len(contour.following)))
    steps = np.abs(contour.midpoints_xy[contour.following] - contour.midpoints_xy)
    assert np.isin(steps, (0, 0.5, 1)).all()
    assert (steps.sum(axis=1) == 1).all()


@given(any_mask.filter(np.any))
def test_number_of_contours_is_components_and_holes(mask):
    holes = ndimage.label(np.pad(~mask, 1, constant_values=True))[1] - 1
    components = ndimage.label(mask, np.ones((3, 3)))[1]
    assert len(closed_contours(Contour.of(mask))) == components + holes


@pytest.mark.parametrize("seed", range(3))
def test_midpoints_are_those_of_marching_squares(seed):
    mask = blobs(seed)
    reference = np.concatenate([c[:-1, ::-1] for c in find_contours(np.pad(mask, 1).astype(float), 0.5)]) - 1
    mine = Contour.of(mask).midpoints_xy
    assert sorted(map(tuple, mine)) == sorted(map(tuple, reference))


@pytest.mark.parametrize(
    ("radius", "bias", "spread"),
    [
        (2, 0.03, 0.1),
        (3, 0.02, 0.06),
        (4, 0.004, 0.02),
        (10, 0.004, 0.01),
        (50, 0.004, 0.005),
        (200, 0.004, 0.004),
    ],
)
def test_disc(radius, bias, spread):
    errors = [
        Contour.of(disc(radius, offset)).length() / (2 * np.pi * radius) - 1 for offset in offsets[: 1000 // radius]
    ]
    assert abs(np.mean(errors)) < bias
    assert np.abs(errors).max() < spread


@pytest.mark.parametrize("angle", range(0, 91, 10))
def test_ellipse_at_any_angle(angle):
    mask = ellipse(160, 80, angle)
    circumference = 4 * 80 * ellipe(1 - 0.25)
    assert Contour.of(mask).length() == pytest.approx(circumference, rel=0.008)
    assert Contour.of(mask).length() == pytest.approx(perimeter_crofton(mask), rel=0.015)


@pytest.mark.parametrize("angle", [0, 7, 15, 22.5, 30, 45, 70, 90])
def test_rectangle_at_any_angle(angle):
    assert Contour.of(rectangle(200, 100, angle)).length() == pytest.approx(600, rel=0.01)


def test_polygon_agrees_with_opencv():
    outline = np.array([(40, 190), (120, 30), (260, 20), (370, 150), (330, 330), (150, 360)])
    mask = cv2.fillPoly(np.zeros((400, 400), np.uint8), [outline], 1) > 0
    # A filled polygon holds the pixels under its outline, which adds half a pixel all around.
    expected = cv2.arcLength(outline, closed=True) + np.pi
    assert Contour.of(mask).length() == pytest.approx(expected, rel=0.005)


@pytest.mark.parametrize("size_hw", [(50, 50), (20, 60), (200, 100)])
def test_upright_rectangle_loses_only_its_corners(size_hw):
    assert 2 * sum(size_hw) - Contour.of(np.ones(size_hw, bool)).length() == pytest.approx(4 * 0.73, abs=0.01)


def test_hole_counts():
    ring = disc(40) & ~np.pad(disc(20), 20)
    assert Contour.of(ring).length() == pytest.approx(2 * np.pi * 60, rel=0.01)


def test_components_add_up():
    one = disc(12)
    assert Contour.of(np.hstack([one, one])).length() == pytest.approx(2 * Contour.of(one).length())


@pytest.mark.parametrize(
    ("size_hw", "expected"), [((1, 1), 2 * 2**0.5), ((1, 2), 2 + 2 * 2**0.5), ((3, 3), 8 + 2 * 2**0.5)]
)
def test_few_pixels_are_measured_through_their_edge_midpoints(size_hw, expected):
    assert Contour.of(np.ones(size_hw, bool)).length() == pytest.approx(expected)


def test_a_line_of_pixels_has_two_sides():
    assert Contour.of(np.ones((1, 100), bool)).length() == pytest.approx(200, rel=0.025)


@given(any_mask.filter(np.any))
def test_mirrored_and_turned_masks_have_the_same_length(mask):
    length = Contour.of(mask).length()
    for other in (mask[::-1], mask[:, ::-1], mask.T, np.pad(mask, 2)):
        assert Contour.of(other).length() == pytest.approx(length)


def test_spacing_scales_each_axis():
    flat, stretched = disc(100), ellipse(200, 100)
    expected = 4 * 100 * ellipe(1 - 0.25)
    assert Contour.of(flat).length((1, 0.5)) == pytest.approx(expected, rel=0.008)
    assert Contour.of(stretched).length((0.5, 1)) == pytest.approx(100 * np.pi, rel=0.01)
    assert Contour.of(flat).length((0.1, 0.1)) == pytest.approx(0.1 * Contour.of(flat).length())
