import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.measure import label, regionprops

from tests.measure.shapes import blobs
from tests.prompting.masks import any_mask, filled_mask
from ultrasam.errors import InputError
from ultrasam.prompting import Click, corrective_click, interior_point

any_pair = any_mask.flatmap(lambda mask: st.tuples(st.just(mask), hnp.arrays(bool, mask.shape)))


def components(truth, predicted):
    """All errors as ``(pixels, inside, mask)``, missed ones first, each kind from top to bottom."""
    for inside, errors in ((True, truth & ~predicted), (False, predicted & ~truth)):
        labels = label(errors, connectivity=2)
        for region in sorted(regionprops(labels), key=lambda region: region.coords.tolist()):
            yield int(region.area), inside, labels == region.label


@given(any_pair)
def test_click_is_in_the_middle_of_the_largest_error(pair):
    click = corrective_click(*pair)
    errors = list(components(*pair))
    if not errors:
        assert click is None
        return
    _, inside, region = max(errors, key=lambda error: error[0])
    assert click == Click(*interior_point(region), inside)


@given(any_pair)
def test_click_always_tells_something_new(pair):
    truth, predicted = pair
    click = corrective_click(truth, predicted)
    assert (click is None) == np.array_equal(truth, predicted)
    if click is not None:
        pixel = int(click.y), int(click.x)
        assert bool(truth[pixel]) == click.inside
        assert bool(predicted[pixel]) != click.inside


@given(any_pair)
def test_a_user_who_is_obeyed_needs_one_click_for_each_error(pair):
    truth, predicted = pair
    sizes = []
    while (click := corrective_click(truth, predicted)) is not None:
        labels = label(truth & ~predicted if click.inside else predicted & ~truth, connectivity=2)
        region = labels == labels[int(click.y), int(click.x)]
        predicted = np.where(region, truth, predicted)
        sizes.append(int(region.sum()))
    assert sizes == sorted((size for size, _, _ in components(*pair)), reverse=True)


@given(filled_mask.filter(lambda mask: label(mask, connectivity=2).max() == 1))
def test_first_click_is_at_the_interior_point(truth):
    assert corrective_click(truth, np.zeros_like(truth)) == Click(*interior_point(truth), inside=True)


@pytest.mark.parametrize("seed", range(3))
def test_large_errors_with_holes_that_touch_the_border(seed):
    truth, predicted = blobs(seed), blobs(seed + 10)
    _, inside, region = max(components(truth, predicted), key=lambda error: error[0])
    assert corrective_click(truth, predicted) == Click(*interior_point(region), inside)


def test_pixels_count_and_not_depth():
    truth, predicted = np.zeros((30, 60), bool), np.zeros((30, 60), bool)
    truth[5:16, 5:16] = True
    predicted[20:23, 5:55] = True
    assert corrective_click(truth, predicted) == Click(x=29, y=21, inside=False)


def test_of_equal_errors_the_missed_one_then_the_uppermost_comes_first():
    truth, predicted = np.zeros((20, 20), bool), np.zeros((20, 20), bool)
    predicted[0:3, 0:3] = True
    truth[5:8, 10:13] = True
    truth[10:13, 0:3] = True
    assert corrective_click(truth, predicted) == Click(x=11, y=6, inside=True)


def test_pixels_that_touch_at_a_corner_are_one_error():
    truth, predicted = np.zeros((9, 9), bool), np.zeros((9, 9), bool)
    truth[0, 0:3] = True
    truth[[4, 5, 6, 7], [4, 5, 6, 7]] = True
    assert corrective_click(truth, predicted).y >= 4


def test_an_absent_structure_is_clicked_away():
    predicted = np.zeros((9, 9), bool)
    predicted[2:5, 3:6] = True
    assert corrective_click(np.zeros_like(predicted), predicted) == Click(x=4, y=3, inside=False)


def test_masks_of_two_images_are_refused():
    with pytest.raises(InputError, match=r"\(4, 5\), but got \(5, 4\)"):
        corrective_click(np.ones((4, 5), bool), np.ones((5, 4), bool))


def test_what_is_no_mask_is_refused():
    mask = np.ones((4, 5), bool)
    with pytest.raises(InputError, match="a true mask of shape"):
        corrective_click(mask.astype(float), mask)
    with pytest.raises(InputError, match="a predicted mask of shape"):
        corrective_click(mask, mask.astype(np.uint8))
