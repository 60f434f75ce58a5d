"""Scored together on a crop, each number is what it is alone on the whole image."""

import math
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evaluation.metrics.pairs import FORGOTTEN, any_pair, painted, random_pairs, real_pairs
from ultrasam.errors import InputError
from ultrasam.evaluation.metrics.boundary import boundary_iou
from ultrasam.evaluation.metrics.overlap import area_error, dice, iou
from ultrasam.evaluation.metrics.scores import METRICS, Scores, Tolerances, score_mask
from ultrasam.evaluation.metrics.surface import SurfaceDistances

SPACINGS = [(0.2, 0.2), (0.31, 0.17)]


def check(predicted, truth, spacing_mm, tolerances):
    px = SurfaceDistances.between(predicted, truth)
    mm = SurfaceDistances.between(predicted, truth, spacing_mm)
    expected = {
        "dice": dice(predicted, truth),
        "iou": iou(predicted, truth),
        "boundary_iou": boundary_iou(predicted, truth),
        "hd95_px": px.hd95,
        "assd_px": px.assd,
        "nsd_px": px.normalised_dice(tolerances.px),
        "area_error": area_error(predicted, truth),
        "hd95_mm": mm.hd95,
        "assd_mm": mm.assd,
        "nsd_mm": mm.normalised_dice(tolerances.mm),
        "empty": not predicted.any(),
    }
    found = score_mask(predicted, truth, spacing_mm=spacing_mm, tolerances=tolerances).as_dict()
    assert found == pytest.approx(expected)


@given(any_pair, st.sampled_from(SPACINGS))
def test_tiny_masks(pair, spacing_mm):
    check(*pair, spacing_mm, Tolerances(px=1.2, mm=0.33))


@pytest.mark.parametrize("spacing_mm", SPACINGS)
@pytest.mark.parametrize("name", FORGOTTEN)
def test_masks_that_are_easily_forgotten(name, spacing_mm):
    check(*FORGOTTEN[name], spacing_mm, Tolerances())


@pytest.mark.parametrize("spacing_mm", SPACINGS)
def test_random_masks(spacing_mm):
    for pair in random_pairs():
        check(*pair, spacing_mm, Tolerances())


@pytest.mark.parametrize("dataset", ["CAMUS", "FALLMUD", "USGRA"])
def test_real_masks(dataset):
    for pair in real_pairs(dataset, 3):
        check(*pair, (0.31, 0.17), Tolerances())


@given(any_pair.filter(lambda pair: pair[1].any()), st.sampled_from([None, *SPACINGS]))
def test_all_numbers_are_finite_where_there_is_a_truth(pair, spacing_mm):
    values = score_mask(*pair, spacing_mm=spacing_mm).as_dict().values()
    assert all(math.isfinite(value) for value in values if value is not None)
    assert (spacing_mm is None) == (None in values)


def test_saying_nothing_never_gains():
    nothing = score_mask(painted(), painted((9, 9, 20, 20)), spacing_mm=(0.2, 0.3))
    wrong = score_mask(painted((40, 29, 41, 30)), painted((9, 9, 20, 20)), spacing_mm=(0.2, 0.3))
    assert nothing.empty
    assert not wrong.empty
    for name, metric in METRICS.items():
        if metric.higher_is_better is not None:
            sign = 1 if metric.higher_is_better else -1
            assert sign * getattr(nothing, name) <= sign * getattr(wrong, name)


def test_values_are_plain_numbers_for_a_file():
    values = score_mask(painted((1, 1, 9, 9)), painted((2, 2, 9, 9)), spacing_mm=(0.2, 0.3)).as_dict()
    assert {type(value) for value in values.values()} <= {float, bool}


def test_every_score_is_described():
    assert list(METRICS) == [field.name for field in fields(Scores) if field.name != "empty"]
    titles = [(metric.title, metric.unit) for metric in METRICS.values()]
    assert len(set(titles)) == len(titles)
    assert all(name == metric.name and metric.definition[-1] != "." for name, metric in METRICS.items())


@pytest.mark.parametrize(
    ("predicted", "truth", "message"),
    [
        (painted(), painted(size_hw=(41, 30)), "one size"),
        (painted().astype(np.uint8), painted(), "predicted of shape .H, W. of bool"),
        (painted(), painted()[None], "truth of shape .H, W. of bool"),
    ],
)
def test_masks_that_cannot_be_scored_are_told(predicted, truth, message):
    with pytest.raises(InputError, match=message):
        score_mask(predicted, truth)


@pytest.mark.parametrize("spacing_mm", [(0, 0), (-1, -1), (math.nan, math.nan), (math.inf, math.inf), (1, 0)])
def test_a_spacing_must_be_positive(spacing_mm):
    with pytest.raises(InputError, match="two positive numbers"):
        score_mask(painted((1, 1, 5, 5)), painted((1, 1, 5, 5)), spacing_mm=spacing_mm)


@pytest.mark.parametrize("options", [{"px": -1}, {"mm": math.nan}, {"mm": math.inf}])
def test_a_tolerance_is_a_distance(options):
    with pytest.raises(InputError, match="tolerance of 0"):
        Tolerances(**options)
