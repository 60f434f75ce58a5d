from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from pydantic import ValidationError
from scipy import ndimage

from tests.evaluation.made_data import ellipse
from tests.references import monai_metrics
from ultrasam.modeling.mask_decoder import MaskPrediction
from ultrasam.training.loss import (
    LossSettings,
    dice_loss,
    focal_loss,
    focal_tversky_loss,
    intersection_over_union,
    near_outline,
    segmentation_loss,
)

SIDE = 16


@pytest.fixture(scope="module")
def monai_losses():
    monai_metrics()
    import monai.losses

    return monai.losses


def random(count=3, masks=4, side=SIDE, seed=0):
    """Logits ``(count, masks, side, side)`` and hard truths ``(count, 1, side, side)``."""
    generator = torch.Generator().manual_seed(seed)
    logits = 4 * torch.randn(count, masks, side, side, generator=generator)
    return logits, (torch.rand(count, 1, side, side, generator=generator) < 0.3).float()


def one_by_one(loss, logits, truth):
    """A loss of MONAI for each mask by itself."""
    return torch.stack(
        [torch.stack([loss(mask[None, None], t[None]) for mask in m]) for m, t in zip(logits, truth, strict=True)]
    )


@pytest.mark.parametrize(("gamma", "alpha"), [(2.0, 0.25), (1.0, 0.6), (3.5, 0.1)])
def test_focal_is_monais(monai_losses, gamma, alpha):
    logits, truth = random()
    reference = monai_losses.FocalLoss(gamma=gamma, alpha=alpha, reduction="mean")
    expected = one_by_one(reference, logits, truth)
    torch.testing.assert_close(focal_loss(logits, truth, gamma, alpha), expected, rtol=1e-4, atol=1e-6)


def test_focal_without_focus_is_half_the_cross_entropy():
    logits, _ = random()
    truth = torch.rand(3, 1, SIDE, SIDE)
    expected = F.binary_cross_entropy_with_logits(logits, truth.expand_as(logits), reduction="none").mean((-2, -1)) / 2
    torch.testing.assert_close(focal_loss(logits, truth, 0.0, 0.5), expected)


def test_focal_of_a_part_covered_pixel_by_hand():
    p, y, gamma, alpha = 0.8, 0.3, 2.0, 0.25
    logits = torch.full((1, 1, 2, 2), math.log(p / (1 - p)))
    entropy = -y * math.log(p) - (1 - y) * math.log(1 - p)
    expected = (p - y) ** gamma * entropy * (alpha * y + (1 - alpha) * (1 - y))
    assert focal_loss(logits, torch.full((1, 1, 2, 2), y), gamma, alpha).item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
def test_focal_of_a_sure_and_right_answer_has_a_finite_gradient(gamma):
    truth = torch.zeros(1, 1, 4, 4)
    truth[..., :2] = 1
    logits = (200 * truth - 100).requires_grad_()
    focal_loss(logits, truth, gamma, 0.25).sum().backward()
    assert torch.isfinite(logits.grad).all()


def test_focal_weighs_pixels():
    logits, truth = random()
    weights = torch.rand(3, 1, SIDE, SIDE) + 1
    pixels = [[focal_loss(logits[..., [y], :][..., [x]], truth[..., [y], :][..., [x]], 2, 0.25) for x in range(SIDE)]
              for y in range(SIDE)]  # fmt: skip
    expected = sum(pixels[y][x] * weights[..., y, x] for y in range(SIDE) for x in range(SIDE)) / SIDE**2
    torch.testing.assert_close(focal_loss(logits, truth, 2, 0.25, weights), expected)


def test_dice_is_monais(monai_losses):
    logits, truth = random()
    reference = monai_losses.DiceLoss(sigmoid=True, smooth_nr=1, smooth_dr=1)
    torch.testing.assert_close(dice_loss(logits, truth), one_by_one(reference, logits, truth))


def test_focal_tversky_follows_the_paper():
    """Index = TP / (TP + alpha FN + beta FP), loss = (1 - index) ** (1 / gamma); alpha 0.7, beta 0.3, gamma 4/3."""
    logits, truth = random()
    p, g = logits.sigmoid().double().numpy(), truth.double().numpy()
    tp, fn, fp = ((x).sum((-2, -1)) for x in (p * g, (1 - p) * g, p * (1 - g)))
    expected = (1 - (tp + 1) / (tp + 0.7 * fn + 0.3 * fp + 1)) ** (3 / 4)
    np.testing.assert_allclose(focal_tversky_loss(logits, truth).numpy(), expected, rtol=1e-5)
    missed, added = torch.full((1, 1, 8, 8), -20.0), torch.full((1, 1, 8, 8), 20.0)
    half = torch.zeros(1, 1, 8, 8)
    half[..., :4] = 1
    assert focal_tversky_loss(missed, half) > focal_tversky_loss(added, half)


@pytest.mark.parametrize("overlap", [dice_loss, focal_tversky_loss])
def test_a_perfect_answer_costs_nothing_and_learns_on(overlap):
    _, truth = random()
    logits = (200 * truth - 100).requires_grad_()
    loss = overlap(logits, truth)
    assert loss.max() < 1e-4
    loss.sum().backward()
    assert torch.isfinite(logits.grad).all()


def test_iou_counts_pixels():
    logits, truth = random()
    masks, true_masks = logits.numpy() > 0, truth.numpy() > 0.5
    expected = (masks & true_masks).sum((-2, -1)) / (masks | true_masks).sum((-2, -1))
    np.testing.assert_allclose(intersection_over_union(logits, truth).numpy(), expected, rtol=1e-6)
    nothing = torch.zeros(1, 1, 4, 4)
    assert intersection_over_union(nothing - 1, nothing).item() == 1
    assert intersection_over_union(nothing + 1, nothing).item() == 0


@pytest.mark.parametrize("reach", [1, 2, 3])
def test_near_the_outline_is_within_some_cells_of_it(reach):
    """By chessboard distance: a pixel is near if within reach of one of the other kind."""
    mask = ellipse(20, 12, 9, 6, (32, 40))
    mask |= ellipse(0, 30, 8, 5, (32, 40))
    to_inside = ndimage.distance_transform_cdt(~mask, "chessboard")
    to_outside = ndimage.distance_transform_cdt(mask, "chessboard")
    expected = np.where(mask, to_outside, to_inside) <= reach
    found = near_outline(torch.from_numpy(mask.astype(np.float32))[None, None], reach)[0, 0]
    assert np.array_equal(found.numpy(), expected)


def test_the_images_border_is_no_outline():
    assert not near_outline(torch.ones(1, 1, 9, 9)).any()


def test_an_image_in_a_larger_frame_has_the_outline_and_iou_that_it_has_alone():
    logits, _ = random(side=24)
    truth = torch.from_numpy(ellipse(20, 12, 9, 8, (17, 24)).astype(np.float32)).expand(3, 1, 17, 24)
    framed = F.pad(truth, (0, 0, 0, 7))
    inside = F.pad(torch.ones(3, 1, 17, 24, dtype=torch.bool), (0, 0, 0, 7))
    reaching_the_edge = near_outline(framed, 2)
    assert not torch.equal(near_outline(framed, 2, inside), reaching_the_edge)
    assert torch.equal(near_outline(framed, 2, inside), F.pad(near_outline(truth, 2), (0, 0, 0, 7)))
    alone = intersection_over_union(logits[..., :17, :], truth)
    assert torch.equal(intersection_over_union(logits, framed, inside), alone)
    assert not torch.equal(intersection_over_union(logits, framed), alone)


def test_beyond_the_image_nothing_is_right_but_the_iou_is_what_is_seen(full):
    """A perfect answer that goes on beyond the image: the masks cost something, the rating does not."""
    truth, inside = full.clone(), torch.ones(1, 1, SIDE, SIDE, dtype=torch.bool)
    truth[..., 12:, :], inside[..., 12:, :] = 0, False
    answer = MaskPrediction(torch.full((1, 4, SIDE, SIDE), 20.0), torch.ones(1, 4))
    loss = segmentation_loss(answer, truth[:, 0], LossSettings(), inside)
    assert loss.iou == 0
    assert loss.overlap > 0.1
    assert segmentation_loss(answer, truth[:, 0], LossSettings()).iou > 0.01


# All of it together.


def prediction_like(truth, shares, iou=0.6):
    """One object's four masks, of which each has the given share of the truth's rows right; the rest is missed."""
    rows = truth.shape[-2]
    logits = torch.full((1, len(shares), *truth.shape[-2:]), -4.0)
    for i, share in enumerate(shares):
        logits[0, i, : round(share * rows)] = 8 * truth[0, 0, : round(share * rows)] - 4
    return MaskPrediction(logits.requires_grad_(), torch.full((1, len(shares)), iou, requires_grad=True))


@pytest.fixture
def full():
    return torch.ones(1, 1, SIDE, SIDE)


def test_the_best_of_three_counts_and_the_single_one(full):
    prediction = prediction_like(full, [0.25, 0.25, 0.75, 0.5])
    segmentation_loss(prediction, full[:, 0], LossSettings()).total.backward()
    assert [bool(grad.abs().sum() > 0) for grad in prediction.logits.grad[0]] == [True, False, True, False]
    assert [bool(grad != 0) for grad in prediction.iou.grad[0]] == [True, False, True, False]


@pytest.mark.parametrize(
    ("settings", "counts"),
    [
        ({"several": 0}, [True, False, False, False]),
        ({"single": 0}, [False, False, True, False]),
        ({"single": 0, "which": "all"}, [False, True, True, True]),
        ({"which": "all"}, [True, True, True, True]),
    ],
)
def test_shares_choose_what_learns(full, settings, counts):
    prediction = prediction_like(full, [0.25, 0.25, 0.75, 0.5])
    segmentation_loss(prediction, full[:, 0], LossSettings(**settings)).total.backward()
    assert [bool(grad.abs().sum() > 0) for grad in prediction.logits.grad[0]] == counts
    assert [bool(grad != 0) for grad in prediction.iou.grad[0]] == counts


def test_each_object_has_a_best_mask_of_its_own(full):
    a, b = prediction_like(full, [0.25, 0.75, 0.25, 0.5]), prediction_like(full, [0.25, 0.25, 0.5, 0.75])
    both = MaskPrediction(torch.cat([a.logits, b.logits]), torch.cat([a.iou, b.iou]))
    settings = LossSettings(single=0)
    together = segmentation_loss(both, torch.cat([full, full])[:, 0], settings).total
    alone = [segmentation_loss(p, full[:, 0], settings).total for p in (a, b)]
    assert together.item() == pytest.approx(sum(alone).item() / 2)
    together.backward()
    assert [int(grad.abs().sum((-2, -1)).argmax()) for grad in (a.logits.grad[0], b.logits.grad[0])] == [1, 3]


def test_the_total_is_the_weighted_sum_of_its_parts():
    logits, truth = random(2)
    prediction = MaskPrediction(logits, torch.rand(2, 4))
    true_iou = intersection_over_union(logits, truth)
    best = 1 + true_iou[:, 1:].argmax(1)
    rows = torch.arange(2)

    def mean(values):
        return (0.5 * values[:, 0] + 2 * values[rows, best]).mean()

    focal, dice = mean(focal_loss(logits, truth, 2, 0.25)), mean(dice_loss(logits, truth))
    iou = mean((prediction.iou - true_iou) ** 2)
    loss = segmentation_loss(prediction, truth[:, 0], LossSettings(single=0.5, several=2, focal=3, dice=5, iou=7))
    torch.testing.assert_close(torch.stack([loss.focal, loss.overlap, loss.iou]), torch.stack([focal, dice, iou]))
    torch.testing.assert_close(loss.total, 3 * focal + 5 * dice + 7 * iou)


def test_the_default_weights_are_the_published_ones():
    settings = LossSettings()
    assert (settings.focal, settings.dice, settings.iou) == (20, 1, 1)
    assert (settings.gamma, settings.alpha) == (2, 0.25)


def test_the_predicted_iou_learns_the_true_one(full):
    iou = torch.full((1, 4), 0.9, requires_grad=True)
    logits = prediction_like(full, [0.25, 0.5, 0.75, 1.0]).logits.detach()
    optimiser = torch.optim.SGD([iou], lr=0.2)
    for _ in range(100):
        optimiser.zero_grad()
        segmentation_loss(MaskPrediction(logits, iou), full[:, 0], LossSettings(which="all")).total.backward()
        optimiser.step()
    assert iou[0].tolist() == pytest.approx([0.25, 0.5, 0.75, 1.0], abs=1e-3)


def test_masks_do_not_learn_from_the_predicted_iou(full):
    prediction = prediction_like(full, [0.25, 0.25, 0.75, 0.5])
    segmentation_loss(prediction, full[:, 0], LossSettings(focal=0, dice=0)).total.backward()
    assert not prediction.logits.grad.any()


def test_variants_are_used():
    logits, truth = random(2)
    prediction = MaskPrediction(logits, torch.zeros(2, 4))
    settings = LossSettings(several=0, overlap="focal_tversky", boundary=3)
    loss = segmentation_loss(prediction, truth[:, 0], settings)
    torch.testing.assert_close(loss.overlap, focal_tversky_loss(logits, truth)[:, 0].mean())
    weighted = focal_loss(logits, truth, 2, 0.25, 1 + 3 * near_outline(truth))
    torch.testing.assert_close(loss.focal, weighted[:, 0].mean())


@pytest.mark.parametrize("stride", [1, 2, 4])
def test_finer_truths_are_compared_with_finer_logits(stride):
    """A disc's logits of low resolution, linear across its outline, fit its truth at every stride."""
    size = 4 * SIDE
    y, x = torch.meshgrid(torch.arange(size) + 0.5, torch.arange(size) + 0.5, indexing="ij")
    signed = 20 - ((x - 32) ** 2 + (y - 30) ** 2).sqrt()
    logits = F.avg_pool2d(signed[None, None], 4).repeat(1, 4, 1, 1)
    truth = F.avg_pool2d((signed > 0).float()[None], stride)
    prediction = MaskPrediction((4 * logits).to(torch.bfloat16), torch.ones(1, 4, dtype=torch.bfloat16))
    loss = segmentation_loss(prediction, truth, LossSettings(stride=stride))
    assert loss.total.dtype == torch.float32
    assert loss.overlap < 2 * 0.1
    assert loss.iou < 2 * 0.05**2
    moved = segmentation_loss(prediction, truth.roll(8 // stride, -1), LossSettings(stride=stride))
    assert moved.total > 2 * loss.total


@pytest.mark.parametrize("wrong", [{"alpha": 1}, {"focal": -1}, {"stride": 3}, {"which": "worst"}, {"gama": 2}])
def test_senseless_settings_are_refused(wrong):
    with pytest.raises(ValidationError):
        LossSettings(**wrong)
