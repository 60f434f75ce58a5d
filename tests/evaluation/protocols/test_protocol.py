"""Each protocol's prompts against what its title says, measured on the mask itself."""

import numpy as np
import pytest
from scipy import ndimage

from tests.evaluation.made_data import SIZE_HW, ellipse
from ultrasam.evaluation.protocols import parse_protocols
from ultrasam.imaging import Frame
from ultrasam.inference import Segmentation

TRUTH = ellipse(60.3, 45.7, 30, 20)
BOX = np.array([31, 26, 91, 66])
WIDTH, HEIGHT = 60, 40


def prompts_of(name, former=None, seed=0, truth=TRUTH):
    (protocol,) = parse_protocols([name])
    return protocol.prompt(truth, np.random.default_rng(seed), former)


def answer(mask, prompts):
    logits = np.zeros((64, 64), np.float32)
    return Segmentation(mask, 0.5, logits, prompts, Frame(np.zeros(SIZE_HW, np.uint8)))


def test_centre_of_mass():
    y, x = ndimage.center_of_mass(TRUTH)
    assert prompts_of("point-centre").points_xy[0] == pytest.approx((x, y), abs=1e-4)


def test_interior_point_is_the_deepest():
    x, y = prompts_of("point-interior").points_xy[0]
    depth = ndimage.distance_transform_edt(np.pad(TRUTH, 1))[1:-1, 1:-1]
    assert depth[int(y), int(x)] == depth.max()


def test_random_points_lie_inside_and_hang_on_the_seed():
    points = prompts_of("points-5").points_xy
    assert len(points) == 5
    assert all(TRUTH[int(y), int(x)] for x, y in points)
    assert np.array_equal(points, prompts_of("points-5").points_xy)
    assert not np.array_equal(points, prompts_of("points-5", seed=1).points_xy)


def test_boxes():
    assert np.array_equal(prompts_of("box").box_xyxy, BOX)
    moved = np.array(prompts_of("box-shift-15").box_xyxy) - BOX
    assert np.abs(moved) == pytest.approx([9, 6, 9, 6])
    assert moved[:2] == pytest.approx(moved[2:])
    scaled = np.array(prompts_of("box-scale-115").box_xyxy) - BOX
    assert scaled == pytest.approx([-4.5, -3, 4.5, 3])
    for seed in range(20):
        jittered = np.abs(np.array(prompts_of("box-jitter-10", seed=seed).box_xyxy) - BOX)
        assert (jittered <= [6, 4, 6, 4]).all()
        assert jittered.any()


def test_point_and_box_together():
    both = prompts_of("point-box")
    assert np.array_equal(both.points_xy, prompts_of("point-interior").points_xy)
    assert both.box_xyxy == prompts_of("box").box_xyxy
    assert np.array_equal(prompts_of("point-centre-box").points_xy, prompts_of("point-centre").points_xy)


def test_masks_shrink_and_grow():
    smaller, larger = prompts_of("mask-eroded-20").mask, prompts_of("mask-dilated-20").mask
    assert not (smaller & ~TRUTH).any()
    assert not (TRUTH & ~larger).any()
    # A rim of a fifth of the radius: some 40 % of an ellipse's area.
    assert 0.5 < smaller.sum() / TRUTH.sum() < 0.7
    assert 1.3 < larger.sum() / TRUTH.sum() < 1.6


def test_clicks_begin_inside_and_then_correct():
    first = prompts_of("clicks-5")
    assert np.array_equal(first.points_xy, prompts_of("point-interior").points_xy)
    assert first.labels.tolist() == [1]
    leak = TRUTH | ellipse(110, 80, 12, 12)
    second = prompts_of("clicks-5", former=answer(leak, first))
    assert second.labels.tolist() == [1, 0]
    x, y = second.points_xy[1]
    assert leak[int(y), int(x)]
    assert not TRUTH[int(y), int(x)]
    assert second.mask.dtype == np.float32
    lost = TRUTH & ~ellipse(75, 45, 10, 15)
    third = prompts_of("clicks-5", former=answer(lost, second))
    assert third.labels.tolist() == [1, 0, 1]


def test_clicks_end_when_nothing_is_wrong():
    assert prompts_of("clicks-5", former=answer(TRUTH, prompts_of("clicks-5"))) is None


@pytest.mark.parametrize("name", [p.name for p in parse_protocols(["full", "point-centre-box"])])
@pytest.mark.parametrize("shape", ["full", "one pixel", "corner", "line"])
def test_every_prompt_lies_inside_the_image(name, shape):
    truth = np.zeros(SIZE_HW, bool)
    truth[{"full": np.s_[:, :], "one pixel": np.s_[7, 9], "corner": np.s_[90:, :5], "line": np.s_[3, :]}[shape]] = True
    for seed in range(5):
        prompts_of(name, seed=seed, truth=truth).check_inside(SIZE_HW)
