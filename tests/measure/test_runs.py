import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage
from skimage.measure import regionprops

from tests.measure.shapes import blobs, ellipse
from ultrasam.measure.runs import Runs

any_mask = hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12))


@given(any_mask)
def test_runs_are_the_mask(mask):
    runs = Runs.of(mask)
    painted = np.zeros_like(mask)
    for row, start, stop in zip(runs.rows, runs.starts, runs.stops, strict=True):
        assert not painted[row, max(start - 1, 0) : stop + 1].any(), "runs must not touch each other"
        painted[row, start:stop] = True
    assert (painted == mask).all()
    assert runs.area == mask.sum()


@given(any_mask)
def test_components_are_those_of_scipy_with_corners_joined(mask):
    assert Runs.of(mask).count_components() == ndimage.label(mask, np.ones((3, 3)))[1]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("smoothness", [0.3, 1.0, 3.0])
def test_components_of_winding_shapes(seed, smoothness):
    mask = blobs(seed, (150, 170), smoothness)
    assert Runs.of(mask).count_components() == ndimage.label(mask, np.ones((3, 3)))[1]


def test_one_spiral_is_one_component():
    spiral = np.zeros((41, 41), bool)
    for turn in range(0, 20, 4):
        a, b = turn, 40 - turn
        spiral[a, a : b + 1] = spiral[a : b + 1, b] = spiral[b, a : b + 1] = True
        spiral[a + 4 : b + 1, a] = True
        spiral[a + 4, a : a + 5] = True
    assert Runs.of(spiral).count_components() == ndimage.label(spiral, np.ones((3, 3)))[1] == 1


@given(any_mask.filter(np.any), st.integers(0, 3))
def test_moments_are_those_of_scikit_image_and_the_extent_of_a_pixel(mask, margin):
    mask = np.pad(mask, margin)
    region = regionprops(mask.astype(np.uint8))[0]
    centroid, covariance = Runs.of(mask).moments()
    np.testing.assert_allclose(centroid, region.centroid[::-1], atol=1e-9)
    between_centres = np.linalg.eigvalsh(covariance - np.eye(2) / 12)[::-1]
    np.testing.assert_allclose(between_centres, region.inertia_tensor_eigvals, atol=1e-9)


@given(any_mask.filter(np.any), st.integers(2, 4))
def test_moments_do_not_depend_on_the_sampling(mask, times):
    _, covariance = Runs.of(mask).moments()
    _, finer = Runs.of(mask.repeat(times, axis=0).repeat(times, axis=1)).moments()
    np.testing.assert_allclose(finer, covariance * times**2, atol=1e-9)


def test_moments_far_from_the_origin_keep_their_precision():
    mask = np.zeros((4000, 4000), bool)
    shape = ellipse(61, 23, 30)
    mask[-shape.shape[0] :, -shape.shape[1] :] = shape
    np.testing.assert_allclose(Runs.of(mask).moments()[1], Runs.of(shape).moments()[1], rtol=1e-10)
