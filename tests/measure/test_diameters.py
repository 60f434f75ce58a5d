import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist
from skimage.measure import regionprops

from tests.measure.shapes import blobs, disc, ellipse, rectangle
from ultrasam.measure.contour import Contour
from ultrasam.measure.diameters import convex_hull, longest_diameter, shortest_diameter
from ultrasam.measure.runs import Runs

any_mask = hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=10)).filter(np.any)
any_spacing = st.tuples(st.floats(0.02, 2), st.floats(0.02, 2))


@given(any_mask)
def test_hull_is_that_of_scipy(mask):
    points = Contour.of(mask).midpoints_xy
    reference = points[ConvexHull(points).vertices]
    assert sorted(map(tuple, convex_hull(Runs.of(mask)))) == sorted(map(tuple, reference))


@given(any_mask, any_spacing)
def test_longest_is_the_largest_of_all_distances(mask, spacing):
    expected = pdist(Contour.of(mask).midpoints_xy * spacing).max()
    assert longest_diameter(convex_hull(Runs.of(mask)), spacing) == pytest.approx(expected)


@given(any_mask, any_spacing)
def test_shortest_is_the_smallest_width_over_all_directions(mask, spacing):
    points = Contour.of(mask).midpoints_xy * spacing
    shortest = shortest_diameter(convex_hull(Runs.of(mask)), spacing)
    angles = np.linspace(0, np.pi, 721)
    widths = np.ptp(points @ np.stack([np.cos(angles), np.sin(angles)]), axis=0)
    assert shortest <= widths.min() + 1e-9
    # A quarter of a degree of error in the direction tilts the other side by at most that of the length.
    assert widths.min() <= shortest + np.radians(0.25) * pdist(points).max()


@pytest.mark.parametrize("seed", range(3))
def test_shortest_is_a_side_of_a_box_of_opencv(seed):
    mask = blobs(seed, smoothness=8)
    points = Contour.of(mask).midpoints_xy.astype(np.float32)
    assert shortest_diameter(convex_hull(Runs.of(mask))) <= min(cv2.minAreaRect(points)[1]) + 1e-3


@pytest.mark.parametrize("mask", [disc(20), ellipse(90, 40, 25), rectangle(80, 30, 60), blobs(1)])
def test_longest_is_scikit_images_maximum_feret_diameter(mask):
    region = regionprops(mask.astype(np.uint8))[0]
    # Theirs runs around the hull after it was turned into pixels again.
    assert 0 <= region.feret_diameter_max - longest_diameter(convex_hull(Runs.of(mask))) < 1


@pytest.mark.parametrize("length", [1, 2, 7, 500])
def test_a_row_of_n_pixels_measures_n(length):
    row = np.ones((1, length), bool)
    for mask, spacing in ((row, (0.5, 9)), (row.T, (9, 0.5))):
        hull = convex_hull(Runs.of(mask))
        assert longest_diameter(hull) == length
        if length > 18:
            assert longest_diameter(hull, spacing) == pytest.approx(length * 0.5)


@pytest.mark.parametrize("angle", range(0, 91, 15))
def test_width_of_a_turned_rectangle(angle):
    hull = convex_hull(Runs.of(rectangle(200, 40, angle)))
    assert shortest_diameter(hull) == pytest.approx(40, abs=1)
    assert longest_diameter(hull) == pytest.approx(np.hypot(200, 40), abs=1.5)


def test_disc_measures_its_diameter():
    hull = convex_hull(Runs.of(disc(50, (0.3, 0.1))))
    assert longest_diameter(hull) == pytest.approx(100, abs=1)
    assert shortest_diameter(hull) == pytest.approx(100, abs=1)


def test_far_components_are_spanned():
    mask = np.zeros((30, 200), bool)
    mask[5, 10] = mask[5, 109] = True
    assert longest_diameter(convex_hull(Runs.of(mask))) == 100
