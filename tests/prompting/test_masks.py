import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage
from skimage import morphology

from tests.measure.shapes import blobs, disc
from tests.prompting.masks import filled_mask, squared_distances
from ultrasam.errors import InputError
from ultrasam.prompting import dilated, eroded

fractions = st.floats(0.01, 2)


def footprint(mask, fraction):
    """The disc by its definition."""
    radius = max(1, fraction * np.sqrt(mask.sum() / np.pi))
    reach = int(radius)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return x**2 + y**2 <= radius**2


def check_erosion(mask, fraction):
    result = eroded(mask, fraction)
    expected = ndimage.binary_erosion(mask, footprint(mask, fraction), border_value=1)
    if not expected.any():
        depths = squared_distances(mask, np.argwhere(~mask))
        expected = depths == depths.max()
    assert np.array_equal(result, expected)


@given(filled_mask, fractions)
def test_erosion_is_scipys_or_leaves_the_deepest_pixels(mask, fraction):
    check_erosion(mask, fraction)


@pytest.mark.parametrize("fraction", [0.05, 0.2, 0.5])
@pytest.mark.parametrize("seed", range(3))
def test_erosion_of_blobs_that_touch_the_border(seed, fraction):
    check_erosion(blobs(seed), fraction)


@given(filled_mask, fractions)
def test_dilation_is_scipys(mask, fraction):
    expected = ndimage.binary_dilation(mask, footprint(mask, fraction))
    assert np.array_equal(dilated(mask, fraction), expected)


@pytest.mark.parametrize("fraction", [0.05, 0.2, 0.5])
@pytest.mark.parametrize("seed", range(3))
def test_dilation_of_blobs_is_scikit_images(seed, fraction):
    mask = np.pad(blobs(seed), 30)
    assert np.array_equal(dilated(mask, fraction), morphology.dilation(mask, footprint(mask, fraction)))


@given(filled_mask, fractions)
def test_erosion_shrinks_and_dilation_grows(mask, fraction):
    smaller, larger = eroded(mask, fraction), dilated(mask, fraction)
    assert smaller.any()
    assert not (smaller & ~mask).any()
    assert not (mask & ~larger).any()


@pytest.mark.parametrize("fraction", [0.1, 0.2, 0.3])
def test_a_disc_loses_and_gains_the_fraction_of_its_radius(fraction):
    mask = np.pad(disc(100), 40)
    for changed, factor in ((eroded, 1 - fraction), (dilated, 1 + fraction)):
        assert np.sqrt(changed(mask, fraction).sum() / mask.sum()) == pytest.approx(factor, abs=0.01)


def test_a_structure_cut_by_the_image_stays_cut_there():
    mask = np.zeros((60, 60), bool)
    mask[:, :30] = True
    smaller = eroded(mask, 0.2)
    kept = 30 - int(0.2 * np.sqrt(60 * 30 / np.pi))
    assert smaller[:, :kept].all()
    assert not smaller[:, kept:].any()


def test_a_mask_of_the_whole_image_stays():
    full = np.ones((6, 7), bool)
    assert eroded(full, 0.5).all()
    assert dilated(full, 0.5).all()


def test_a_thin_line_survives_erosion():
    mask = np.zeros((20, 20), bool)
    mask[9:11, 3:17] = True
    assert np.array_equal(eroded(mask, 1), mask)


def test_a_thick_structure_that_would_vanish_keeps_its_middle():
    mask = np.zeros((20, 20), bool)
    mask[4:9, 3:8] = True
    assert np.argwhere(eroded(mask, 5)).tolist() == [[6, 5]]


def test_small_structures_change_by_a_pixel_at_least():
    mask = np.zeros((9, 9), bool)
    mask[3:6, 3:6] = True
    assert np.argwhere(eroded(mask, 0.01)).tolist() == [[4, 4]]
    assert dilated(mask, 0.01).sum() == 9 + 4 * 3


def test_a_very_long_image_does_not_overflow():
    mask = np.zeros((1, 100_001), bool)
    mask[0, [0, -1]] = True
    assert np.flatnonzero(dilated(mask, 2)).tolist() == [0, 1, 99_999, 100_000]


def test_masks_given_stay_as_they_were():
    mask = blobs(0)
    before = mask.copy()
    eroded(mask, 0.2)[:] = True
    dilated(mask, 0.2)[:] = False
    assert np.array_equal(mask, before)


@pytest.mark.parametrize("change", [eroded, dilated])
@pytest.mark.parametrize("fraction", [0, -0.2, np.nan, np.inf])
def test_fractions_that_are_not_positive_are_refused(change, fraction):
    with pytest.raises(InputError, match="positive fraction"):
        change(disc(5), fraction)


@pytest.mark.parametrize("change", [eroded, dilated])
def test_empty_masks_are_refused(change):
    with pytest.raises(InputError, match="at least one pixel"):
        change(np.zeros((4, 5), bool), 0.2)
    with pytest.raises(InputError, match="of bool"):
        change(np.ones((4, 5), np.uint8), 0.2)
