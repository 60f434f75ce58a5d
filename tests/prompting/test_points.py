from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from tests.measure.shapes import blobs, disc, ellipse
from tests.prompting.masks import filled_mask, squared_distances
from ultrasam.errors import InputError
from ultrasam.prompting import centre_point, interior_point, random_interior_points


def inmost_by_brute_force(mask):
    """The pixel ``(x, y)`` by the definition: exact arithmetic, one pixel after the other."""
    framed = np.pad(mask, 1)
    depths = squared_distances(framed, np.argwhere(~framed))
    deepest = np.argwhere(depths == depths.max()).tolist()
    mean_row, mean_column = (Fraction(sum(axis), len(deepest)) for axis in zip(*deepest, strict=True))
    row, column = min(deepest, key=lambda rc: ((rc[0] - mean_row) ** 2 + (rc[1] - mean_column) ** 2, rc))
    return column - 1, row - 1


def generator(seed=0):
    return np.random.default_rng(seed)


@given(filled_mask)
def test_centre_is_the_centre_of_mass(mask):
    assert centre_point(mask)[::-1] == pytest.approx(ndimage.center_of_mass(mask), abs=1e-12)


def test_centre_of_a_crescent_lies_outside_it():
    crescent = disc(30)
    crescent[:, 25:] = False
    crescent |= np.flip(crescent, axis=1)
    x, y = centre_point(crescent)
    assert not crescent[round(y), round(x)]


@given(filled_mask)
def test_interior_point_is_that_of_brute_force(mask):
    assert interior_point(mask) == inmost_by_brute_force(mask)


@pytest.mark.parametrize("seed", range(3))
def test_interior_point_of_blobs_is_that_of_brute_force(seed):
    mask = blobs(seed, size_hw=(40, 50))
    assert interior_point(mask) == inmost_by_brute_force(mask)


@pytest.mark.parametrize("angle", [0, 20, 45, 90, 130])
def test_interior_point_of_an_ellipse_is_near_its_centre(angle):
    mask = ellipse(121, 61, angle, centre_offset=(0.5, 0.5))
    assert interior_point(mask) == pytest.approx(centre_point(mask), abs=3)


@pytest.mark.parametrize(
    ("size_hw", "expected"),
    [((1, 1), (0, 0)), ((5, 9), (4, 2)), ((4, 4), (1, 1)), ((1, 101), (50, 0)), ((3, 4), (1, 1))],
)
def test_interior_point_of_a_filled_image_is_its_middle(size_hw, expected):
    assert interior_point(np.ones(size_hw, bool)) == expected


def test_the_border_of_the_image_is_an_outline():
    mask = np.zeros((50, 50), bool)
    mask[10:41, :11] = True
    assert interior_point(mask)[0] == 5


def test_interior_point_takes_the_thicker_of_two_parts():
    mask = np.zeros((40, 60), bool)
    mask[5:10, 2:58] = True
    mask[20:31, 40:51] = True
    assert interior_point(mask) == (45, 25)


@given(filled_mask, st.integers(0, 5), st.integers(0, 5))
def test_points_move_with_the_mask(mask, right, down):
    moved = np.pad(mask, ((down, 3), (right, 2)))
    for point in (centre_point, interior_point):
        x, y = point(mask)
        assert point(moved) == pytest.approx((x + right, y + down))


@given(filled_mask, st.integers(1, 150), st.integers(0, 2**32))
def test_random_points_are_pixels_of_the_mask_without_needless_repetition(mask, count, seed):
    points_xy = random_interior_points(mask, count, generator(seed))
    assert points_xy.shape == (count, 2)
    assert points_xy.dtype == np.float32
    x, y = points_xy.astype(int).T
    assert np.array_equal(np.stack([x, y], axis=1), points_xy)
    assert mask[y, x].all()
    times = np.unique(points_xy, axis=0, return_counts=True)[1]
    area = np.count_nonzero(mask)
    assert len(times) == min(count, area)
    assert times.max() <= -(-count // area)


def test_random_points_are_uniform():
    mask = np.array([[0, 1, 1, 0], [1, 1, 0, 1]], bool)
    rng = generator()
    for position in range(2):
        drawn = np.array([random_interior_points(mask, 2, rng)[position] for _ in range(5000)], int)
        hits = np.zeros(mask.shape)
        np.add.at(hits, (drawn[:, 1], drawn[:, 0]), 1)
        # Five pixels, a thousand hits each: four standard deviations are 113.
        assert hits[mask] == pytest.approx(1000, abs=113)


def test_random_points_hang_on_the_seed_only():
    mask = disc(20)
    first, again, other = (random_interior_points(mask, 5, generator(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("count", [0, -1])
def test_no_points_cannot_be_asked_for(count):
    with pytest.raises(InputError, match="at least 1 point"):
        random_interior_points(disc(3), count, generator())


@pytest.mark.parametrize("point", [centre_point, interior_point, lambda m: random_interior_points(m, 1, generator())])
def test_an_empty_mask_has_no_points(point):
    with pytest.raises(InputError, match="at least one pixel"):
        point(np.zeros((4, 5), bool))
