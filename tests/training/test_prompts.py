from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from scipy import ndimage

from tests.evaluation.made_data import ellipse
from tests.modeling.networks import SIZE, SMALL_VIT, object_prompt
from ultrasam.modeling.config import SamConfig
from ultrasam.modeling.prompts import ObjectPrompt, PromptLabel, PromptTokens
from ultrasam.modeling.sam import Sam
from ultrasam.training.prompts import FirstKind, PromptSettings, first_prompt, next_prompts, prompt_of_kind

#: Rows 20 to 60, columns 30 to 90: far enough from the border that no box here is clipped.
DISC = ellipse(60, 40, 30, 20)
BOX, EXTENT = np.array([30, 20, 91, 61]), np.array([61, 41, 61, 41])
RING = ellipse(64, 48, 30, 30) & ~ellipse(64, 48, 15, 15)
DOT = np.zeros((7, 5), bool)
DOT[6, 4] = True
MASKS = pytest.mark.parametrize("mask", [DISC, RING, DOT], ids=["disc", "ring", "dot"])
SEEDS = range(40)


def ask(kind, mask=DISC, seed=0, **settings):
    return prompt_of_kind(kind, mask, PromptSettings(**settings), np.random.default_rng(seed))


@MASKS
@pytest.mark.parametrize(
    "kind", ["random_point", "centre_point", "interior_point", "point_and_box", "point_and_jittered_box"]
)
def test_points_are_positive_and_inside(mask, kind):
    for seed in SEEDS:
        prompt = ask(kind, mask, seed)
        (point,) = prompt.points_xy
        x, y = np.round(point).astype(int)
        assert mask[y, x]
        assert prompt.labels.tolist() == [1]
        assert (prompt.box_xyxy is not None) == kind.startswith("point_and")
        assert prompt.mask is None


def test_a_centre_is_the_mean_of_pixels_and_in_a_ring_the_inmost_pixel():
    uneven = DISC.copy()
    uneven[20:40, 40:60] = False
    assert ask("centre_point", uneven).points_xy[0] == pytest.approx(np.argwhere(uneven).mean(0)[::-1])
    x, y = ask("centre_point", RING).points_xy[0].astype(int)
    depths = ndimage.distance_transform_edt(RING)
    assert depths[y, x] == depths.max()


@pytest.mark.parametrize("kind", ["box", "point_and_box"])
def test_an_exact_box_is_the_masks(kind):
    assert ask(kind).box_xyxy == tuple(BOX)
    assert ask(kind, DOT).box_xyxy == (4, 6, 5, 7)


@pytest.mark.parametrize("kind", ["jittered_box", "point_and_jittered_box"])
def test_sides_of_a_jittered_box_move_by_up_to_the_share(kind):
    moves = np.array([(ask(kind, seed=seed, jitter=(0.2, 0.2)).box_xyxy - BOX) / EXTENT for seed in range(400)])
    assert np.abs(moves).max() <= 0.2 + 1e-9
    # Uniform between -0.2 and 0.2: the standard error of each mean is 0.2 / sqrt(3 * 400).
    assert np.abs(moves.mean(0)).max() < 5 * 0.0058
    assert np.abs(moves).mean(0) == pytest.approx(0.1, abs=5 * 0.0029)
    assert np.abs(np.corrcoef(moves.T) - np.eye(4)).max() < 5 / 20
    half = np.array([(ask(kind, seed=seed, jitter=(0, 0.2)).box_xyxy - BOX) / EXTENT for seed in range(400)])
    assert np.abs(half).mean() == pytest.approx(0.05, abs=0.005)


def test_a_shifted_box_goes_by_one_share_in_x_and_y():
    ways = set()
    for seed in SEEDS:
        moves = (ask("shifted_box", seed=seed, shift=(0.1, 0.2)).box_xyxy - BOX) / EXTENT
        assert moves[:2] == pytest.approx(moves[2:])
        assert abs(moves[0]) == pytest.approx(abs(moves[1]))
        assert 0.1 <= abs(moves[0]) <= 0.2
        ways.add(tuple(np.sign(moves[:2])))
    assert len(ways) == 4


def test_a_scaled_box_keeps_its_centre():
    factors = []
    for seed in SEEDS:
        box = np.array(ask("scaled_box", seed=seed, scale=(0.8, 1.3)).box_xyxy)
        assert box[:2] + box[2:] == pytest.approx(BOX[:2] + BOX[2:])
        factor = (box[2:] - box[:2]) / EXTENT[:2]
        assert factor[0] == pytest.approx(factor[1])
        factors.append(factor[0])
    assert 0.8 <= min(factors) < 0.9
    assert 1.2 < max(factors) <= 1.3


def test_rough_masks_are_too_small_or_too_large_by_the_radius():
    radius = 0.25 * np.sqrt(DISC.sum() / np.pi)
    outside, inside = ndimage.distance_transform_edt(~DISC), ndimage.distance_transform_edt(DISC)
    seen = set()
    for seed in SEEDS:
        prompt = ask("rough_mask", seed=seed, roughness=(0.25, 0.25))
        assert prompt.box_xyxy is None
        assert not len(prompt.points_xy)
        is_larger = prompt.mask.sum() > DISC.sum()
        expected = outside <= radius if is_larger else inside > radius
        assert np.array_equal(prompt.mask, expected)
        seen.add(bool(is_larger))
    assert seen == {False, True}


def test_kinds_come_as_often_as_their_weights_say():
    weights = {"random_point": 3, "box": 1, "point_and_box": 4, "rough_mask": 0}
    settings, rng, count = PromptSettings(first=weights), np.random.default_rng(0), 2000
    prompts = [first_prompt(DISC, settings, rng) for _ in range(count)]
    assert all(prompt.mask is None for prompt in prompts)
    found = {
        "random_point": sum(prompt.box_xyxy is None for prompt in prompts),
        "box": sum(not len(prompt.points_xy) for prompt in prompts),
    }
    found["point_and_box"] = count - sum(found.values())
    for kind, times in found.items():
        share = weights[kind] / 8
        assert abs(times - count * share) < 5 * np.sqrt(count * share * (1 - share)), kind


def test_every_kind_can_be_drawn():
    for kind in get_args(FirstKind):
        drawn = first_prompt(DISC, PromptSettings(first={kind: 0.1}), np.random.default_rng(3))
        rng = np.random.default_rng(3)
        rng.random()
        assert_same_prompt(drawn, prompt_of_kind(kind, DISC, PromptSettings(), rng))


def assert_same_prompt(a, b):
    assert np.array_equal(a.points_xy, b.points_xy)
    assert a.box_xyxy == b.box_xyxy
    assert (a.mask is None) == (b.mask is None)
    assert a.mask is None or np.array_equal(a.mask, b.mask)


def test_prompts_hang_on_the_generator_alone():
    def drawn(seed):
        rng = np.random.default_rng(seed)
        return [first_prompt(RING, PromptSettings(), rng) for _ in range(20)]

    for a, b in zip(drawn(1), drawn(1), strict=True):
        assert_same_prompt(a, b)
    assert any(not np.array_equal(a.points_xy, b.points_xy) for a, b in zip(drawn(1), drawn(2), strict=True))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"first": {"box": 0}}, "Expected a kind with a weight above 0 in first"),
        ({"next": {}}, "Expected a kind with a weight above 0 in next"),
        ({"first": {"box": -1, "random_point": 2}}, "greater than or equal to 0"),
        ({"first": {"circle": 1}}, "Input should be 'random_point'"),
        ({"jitter": (0.2, 0.1)}, r"0 <= low <= high <= 0\.5, but got \(0\.2, 0\.1\)"),
        ({"jitter": (0, 0.6)}, r"high <= 0\.5"),
        ({"shift": (0, 1.1)}, "high <= 1"),
        ({"scale": (0, 1)}, r"0\.1 <= low"),
        ({"roughness": (0, 0.1)}, r"0\.01 <= low"),
        ({"rounds": 0}, "greater than or equal to 1"),
    ],
)
def test_senseless_settings_are_refused(settings, message):
    with pytest.raises(ValidationError, match=message):
        PromptSettings(**settings)


# What the user says next.

CELLS = SIZE // 4


def cells(*blocks):
    """Cells of the low-resolution answer; 5 x 5 cells from each ``(row, column)`` are set."""
    mask = torch.zeros(CELLS, CELLS)
    for row, column in blocks:
        mask[row : row + 5, column : column + 5] = 1
    return mask


def said(**options):
    return PromptTokens.pad([object_prompt(1, points=2, size=SIZE), object_prompt(2, box=True, size=SIZE, **options)])


def go_on(prompts, answers, truths, draws=None, inside=None, **settings):
    logits = 6 * torch.stack(answers) - 3
    draws = torch.zeros(len(answers)) if draws is None else torch.tensor(draws)
    return next_prompts(prompts, logits, torch.stack(truths), PromptSettings(**settings), draws, inside)


def test_a_click_goes_into_the_middle_of_what_is_missed_or_added():
    a, b = (10, 20), (40, 3)
    answers, truths = [cells(a), cells(a, b)], [cells(a, b), cells(a)]
    after = go_on(said(), answers, truths, next={"click": 1})
    assert after.labels[:, -1].tolist() == [PromptLabel.POSITIVE_POINT, PromptLabel.NEGATIVE_POINT]
    # The middle of cell (42, 5), less the half pixel that the prompt encoder adds.
    assert after.points_xy[:, -1].tolist() == [[21.5, 169.5]] * 2


def test_the_larger_error_is_corrected():
    truth, answer = cells((10, 20)), cells((40, 3))
    answer[40, 3] = 0
    after = go_on(said(), [answer, answer], [truth, truth], next={"click": 1})
    assert after.labels[:, -1].tolist() == [PromptLabel.POSITIVE_POINT] * 2


def test_what_is_right_gets_no_click_and_what_was_said_stays():
    before = said(image_index=1)
    right = cells((5, 5))
    after = go_on(before, [right, right], [right * 0.6, right])
    assert after.labels[:, -1].tolist() == [PromptLabel.PADDING] * 2
    assert torch.equal(after.labels[:, :-1], before.labels)
    assert torch.equal(after.points_xy[:, :-1], before.points_xy)
    assert after.image_index.tolist() == [0, 1]
    assert after.labels.dtype == before.labels.dtype
    assert after.points_xy.dtype == torch.float32


def test_nobody_clicks_beyond_the_image():
    """Of one object, all that is wrong lies beyond row 30, of the other also a little above."""
    inside = (torch.arange(CELLS) < 30).expand(2, 1, CELLS, CELLS).mT
    truth, wrong = cells((5, 5)), cells((5, 5), (40, 20))
    little = wrong.clone()
    little[20:23, 30:33] = 1
    after = go_on(said(), [wrong, little], [truth, truth], inside=inside)
    assert after.labels[:, -1].tolist() == [PromptLabel.PADDING, PromptLabel.NEGATIVE_POINT]
    # The middle of cell (21, 31), less the half pixel that the prompt encoder adds.
    assert after.points_xy[1, -1].tolist() == [125.5, 85.5]
    assert torch.equal(after.mask_logits[:, 0], 6 * torch.stack([wrong, little]) - 3)


def test_draws_choose_what_is_said():
    prompts = PromptTokens.pad([object_prompt(seed, points=1, size=SIZE) for seed in range(6)])
    answers, truths = [cells((5, 5))] * 6, [cells((5, 5), (20, 20))] * 6
    draws = [0.0, 0.24, 0.26, 0.49, 0.51, 1.0]
    after = go_on(prompts, answers, truths, draws, next={"click_and_mask": 1, "click": 1, "mask": 2})
    assert (after.labels[:, -1] == PromptLabel.POSITIVE_POINT).tolist() == [True] * 4 + [False] * 2
    assert after.has_mask.tolist() == [True, True, False, False, True, True]


def test_the_answer_is_given_back_without_its_gradient():
    logits = torch.randn(2, CELLS, CELLS, dtype=torch.bfloat16, requires_grad=True)
    after = next_prompts(said(), logits, torch.rand(2, CELLS, CELLS), PromptSettings(), torch.zeros(2))
    assert torch.equal(after.mask_logits[:, 0], logits.float())
    assert after.mask_logits.dtype == torch.float32
    assert not after.mask_logits.requires_grad


def test_the_network_hears_what_it_would_hear_from_a_user():
    """Objects of a batch, padded and corrected, are answered as each is alone with all its points and its mask."""
    torch.manual_seed(0)
    network = Sam(SamConfig(encoder=SMALL_VIT)).eval()
    embeddings = torch.randn(2, 256, SIZE // 16, SIZE // 16)
    first = [object_prompt(1, points=2, size=SIZE), object_prompt(2, box=True, size=SIZE, image_index=1)]
    first.append(object_prompt(3, points=1, size=SIZE, image_index=1))
    truths = [cells((10, 20), (30, 30)), cells((2, 3)), cells((10, 20))]
    answers = [cells((10, 20)), cells((2, 3)), cells((10, 20), (40, 40))]
    # A click with the answer, nothing to correct but the answer, a click alone.
    after = go_on(PromptTokens.pad(first), answers, truths, [0.1, 0.1, 0.9], next={"click_and_mask": 0.5, "click": 0.5})
    with torch.no_grad():
        together = network.decode(embeddings, after)
    clicks = [[[129.5, 129.5]], [], [[169.5, 169.5]]]
    labels = [[1], [], [0]]
    masks = [6 * answers[0] - 3, 6 * answers[1] - 3, None]
    for i, prompt in enumerate(first):
        alone = ObjectPrompt(
            torch.cat([prompt.points_xy, torch.tensor(clicks[i]).reshape(-1, 2)]),
            torch.cat([prompt.labels, torch.tensor(labels[i], dtype=torch.int64)]),
            masks[i],
        )
        with torch.no_grad():
            expected = network.decode(embeddings[prompt.image_index][None], PromptTokens.pad([alone]))
        torch.testing.assert_close(together.logits[i], expected.logits[0], rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(together.iou[i], expected.iou[0], rtol=1e-4, atol=1e-4)
