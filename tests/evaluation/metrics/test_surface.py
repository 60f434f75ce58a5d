"""Against MONAI on masks of every kind, and against all pairs of surface pixels on tiny ones."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage
from scipy.spatial.distance import cdist

from tests.evaluation.metrics.pairs import FORGOTTEN, any_pair, painted, random_pairs, real_pairs
from tests.references import monai_metrics
from ultrasam.errors import InputError
from ultrasam.evaluation.metrics.surface import SurfaceDistances

SPACINGS_XY = [(1.0, 1.0), (0.1, 0.1), (0.3, 0.11)]


def of_monai(predicted, truth, spacing_xy, tolerance):
    tensors = [torch.from_numpy(mask)[None, None] for mask in (predicted, truth)]
    options = {"include_background": True, "spacing": spacing_xy[::-1]}
    metrics = monai_metrics()
    return (
        metrics.compute_hausdorff_distance(*tensors, percentile=95, **options).item(),
        metrics.compute_average_surface_distance(*tensors, symmetric=True, **options).item(),
        metrics.compute_surface_dice(*tensors, class_thresholds=[tolerance], **options).item(),
    )


def check_against_monai(predicted, truth, spacing_xy):
    # Between two distances of pixels, so that rounding to float32 decides nothing.
    tolerance = 2.1 * spacing_xy[0]
    distances = SurfaceDistances.between(predicted, truth, spacing_xy)
    found = distances.hd95, distances.assd, distances.normalised_dice(tolerance)
    assert found == pytest.approx(of_monai(predicted, truth, spacing_xy, tolerance), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("spacing_xy", SPACINGS_XY)
@pytest.mark.parametrize("name", FORGOTTEN)
def test_masks_that_are_easily_forgotten(name, spacing_xy):
    check_against_monai(*FORGOTTEN[name], spacing_xy)


@pytest.mark.parametrize("spacing_xy", SPACINGS_XY)
def test_random_masks(spacing_xy):
    for predicted, truth in random_pairs():
        check_against_monai(predicted, truth, spacing_xy)


@pytest.mark.parametrize("dataset", ["CAMUS", "FALLMUD", "USGRA"])
@pytest.mark.parametrize("spacing_xy", SPACINGS_XY)
def test_real_masks(dataset, spacing_xy):
    for predicted, truth in real_pairs(dataset):
        check_against_monai(predicted, truth, spacing_xy)


@given(
    any_pair.filter(lambda pair: pair[0].any() and pair[1].any()),
    st.sampled_from(SPACINGS_XY),
    st.floats(0, 4),
)
def test_all_pairs_of_surface_pixels(pair, spacing_xy, tolerance):
    surfaces = [np.argwhere(mask & ~ndimage.binary_erosion(mask)) * spacing_xy[::-1] for mask in pair]
    between = cdist(*surfaces)
    there, back = between.min(axis=1), between.min(axis=0)
    found = SurfaceDistances.between(*pair, spacing_xy)
    assert found.to_truth == pytest.approx(there)
    assert found.to_predicted == pytest.approx(back)
    assert found.hd95 == pytest.approx(max(np.percentile(there, 95), np.percentile(back, 95)))
    assert found.assd == pytest.approx(np.concatenate([there, back]).mean())
    near = np.concatenate([there, back]) <= tolerance + 1e-8
    assert found.normalised_dice(tolerance + 1e-8) == pytest.approx(near.mean())


@given(any_pair, st.sampled_from(SPACINGS_XY))
def test_order_does_not_matter_and_nothing_is_worse_than_the_diagonal(pair, spacing_xy):
    found, turned = SurfaceDistances.between(*pair, spacing_xy), SurfaceDistances.between(*pair[::-1], spacing_xy)
    assert (found.hd95, found.assd, found.normalised_dice(1)) == pytest.approx(
        (turned.hd95, turned.assd, turned.normalised_dice(1))
    )
    worst = found.worst * (1 + 1e-12)
    assert 0 <= found.assd <= worst
    assert 0 <= found.hd95 <= worst
    assert 0 <= found.normalised_dice(0.5) <= found.normalised_dice(1) <= 1


@pytest.mark.parametrize("spacing_xy", SPACINGS_XY)
def test_an_empty_mask_is_the_worst_answer(spacing_xy):
    something, nothing = painted((5, 5, 20, 20)), painted()
    diagonal = math.hypot(41 * spacing_xy[0], 30 * spacing_xy[1])
    for pair in ((something, nothing), (nothing, something)):
        found = SurfaceDistances.between(*pair, spacing_xy)
        assert (found.hd95, found.assd) == pytest.approx((diagonal, diagonal))
        assert found.normalised_dice(1000) == 0
    both = SurfaceDistances.between(nothing, nothing, spacing_xy)
    assert (both.hd95, both.assd, both.normalised_dice(0)) == (0, 0, 1)


def test_a_distance_of_exactly_the_tolerance_is_within_it():
    # 3 x 0.1 is more than 0.3 in floating point.
    truth = painted((10, 10, 11, 11))
    found = SurfaceDistances.between(np.roll(truth, 3, axis=1), truth, (0.1, 0.1))
    assert found.normalised_dice(0.3) == 1
    assert found.normalised_dice(0.29) == 0


@given(any_pair)
def test_scaled_is_measured_in_another_unit(pair):
    scaled, measured = SurfaceDistances.between(*pair).scaled(0.2), SurfaceDistances.between(*pair, (0.2, 0.2))
    assert (scaled.hd95, scaled.assd, scaled.worst) == pytest.approx((measured.hd95, measured.assd, measured.worst))


@pytest.mark.parametrize("spacing_xy", [(0, 1), (1, -1), (math.nan, 1), (1, math.inf)])
def test_a_spacing_must_be_positive(spacing_xy):
    with pytest.raises(InputError, match="two positive numbers"):
        SurfaceDistances.between(painted((1, 1, 5, 5)), painted(), spacing_xy)


def test_what_cannot_be_measured_is_told():
    with pytest.raises(InputError, match="one size"):
        SurfaceDistances.between(painted(), painted(size_hw=(41, 30)))
    with pytest.raises(InputError, match="0 or more"):
        SurfaceDistances.between(painted(), painted()).normalised_dice(math.nan)
