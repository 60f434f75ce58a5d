"""Losses against scikit-learn and plain formulas."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss

from ultrasam.downstream.batch import IGNORED, HeadBatch
from ultrasam.downstream.data import Example
from ultrasam.downstream.loss import HeadLossSettings, class_loss, class_weights, objective_of, semantic_loss
from ultrasam.downstream.targets import Targets
from ultrasam.inference.coordinates import ModelFrame
from ultrasam.modeling.finetuned import HeadOutput
from ultrasam.modeling.heads.config import HeadConfig
from ultrasam.modeling.mask_decoder import MaskPrediction
from ultrasam.modeling.prompts import ObjectPrompt, PromptTokens
from ultrasam.training.cover import inside_image
from ultrasam.training.loss import LossSettings, segmentation_loss

LOGITS = torch.tensor([[2.0, -1.0, 0.5], [0.1, 0.2, -0.3], [-2.0, 1.0, 3.0], [1.5, 1.4, -1.0]])
ANSWERS = torch.tensor([0, 2, 2, 1])
PLAIN, FOCAL = HeadLossSettings(), HeadLossSettings(classification="focal", gamma=1.5)


def test_cross_entropy_is_scikit_learns():
    expected = log_loss(ANSWERS.numpy(), LOGITS.double().softmax(1).numpy(), labels=[0, 1, 2])
    assert float(class_loss(LOGITS, ANSWERS, PLAIN, None)) == pytest.approx(expected, rel=1e-5)


def test_weights_are_those_of_the_images():
    weights = torch.tensor([0.5, 2.0, 1.0])
    each = -LOGITS.log_softmax(1)[range(4), ANSWERS]
    expected = (each * weights[ANSWERS]).mean()
    assert float(class_loss(LOGITS, ANSWERS, PLAIN, weights)) == pytest.approx(float(expected))


def test_the_focal_loss_is_its_formula():
    right = LOGITS.double().softmax(1)[range(4), ANSWERS]
    expected = (-((1 - right) ** 1.5) * right.log()).mean()
    assert float(class_loss(LOGITS, ANSWERS, FOCAL, None)) == pytest.approx(float(expected), rel=1e-5)
    assert float(expected) < float(class_loss(LOGITS, ANSWERS, PLAIN, None))


def test_several_classes_are_questions_of_their_own():
    answers = torch.tensor([[1.0, 0, 1], [0, 0, 0], [1, 1, 1], [0, 1, 0]])
    expected = log_loss(answers.numpy().ravel(), LOGITS.sigmoid().double().numpy().ravel())
    assert float(class_loss(LOGITS, answers, PLAIN, None)) == pytest.approx(expected, rel=1e-5)
    probability = torch.where(answers > 0, LOGITS.sigmoid(), 1 - LOGITS.sigmoid()).double()
    focal = (-((1 - probability) ** 1.5) * probability.log()).mean()
    assert float(class_loss(LOGITS, answers, FOCAL, None)) == pytest.approx(float(focal), rel=1e-5)


def test_rare_classes_count_more():
    labels = [(0,)] * 6 + [(1,)] * 3 + [(2,)]
    weights = class_weights(labels, 3, several=False)
    assert (weights / weights[0]).tolist() == pytest.approx([1, 2, 6])
    assert float(weights[[label for (label,) in labels]].mean()) == pytest.approx(1)
    rarest = class_weights([(0,)] * 1000 + [(1,)], 2, several=False)
    assert float(rarest[1] / rarest[0]) == pytest.approx(10)


def test_of_several_classes_having_counts_against_having_not():
    weights = class_weights([(0, 1), (0,), (0,), ()], 2, several=True)
    assert weights.tolist() == pytest.approx([1 / 3, 3])


def maps(size=8):
    truth = torch.zeros(2, size, size, dtype=torch.uint8)
    truth[0, :4], truth[1, 2:6] = 1, 2
    truth[:, :, -2:] = IGNORED
    return truth


def logits_of(truth, value=20.0):
    """Logits that say what class maps do, at half of their size."""
    small = truth[:, ::2, ::2].long().clamp(max=2)
    return torch.nn.functional.one_hot(small, 3).permute(0, 3, 1, 2) * value


def test_right_maps_cost_nothing():
    truth = maps()
    truth[truth == IGNORED] = 0
    # Of one piece, so that nothing lies between cells.
    truth[0], truth[1] = 1, 2
    losses = semantic_loss(logits_of(truth), truth, PLAIN)
    assert float(losses["loss"]) == pytest.approx(0, abs=1e-3)
    assert float(losses["dice"]) == pytest.approx(0, abs=1e-3)


def test_beyond_the_image_nothing_counts():
    truth = maps()
    logits = torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    other = logits.clone()
    other[..., -1] += 5
    # The interpolation carries the outermost cells one pixel inwards.
    wide = truth.clone()
    wide[:, :, -3:] = IGNORED
    first, second = (float(semantic_loss(each, wide, PLAIN)["loss"]) for each in (logits, other))
    assert first == pytest.approx(second, rel=1e-6)
    assert float(semantic_loss(other, truth, PLAIN)["loss"]) != pytest.approx(first)


def test_dice_is_its_formula():
    truth = maps()
    logits = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    found = float(semantic_loss(logits, truth, PLAIN)["dice"])
    probability, wanted = logits.softmax(1).numpy(), truth.numpy()
    known = wanted != IGNORED
    expected = []
    for number in (1, 2):
        p, t = probability[:, number][known], wanted[known] == number
        expected.append(1 - (2 * (p * t).sum() + 1) / (p.sum() + t.sum() + 1))
    assert found == pytest.approx(np.mean(expected), rel=1e-5)
    both = semantic_loss(logits, truth, HeadLossSettings(dice=0.5))
    assert float(both["loss"]) == pytest.approx(float(both["entropy"]) + 0.5 * found, rel=1e-5)
    alone = semantic_loss(logits, truth, HeadLossSettings(dice=0))
    assert "dice" not in alone
    entropy = torch.nn.functional.cross_entropy(logits, truth.long(), ignore_index=IGNORED)
    assert float(alone["loss"]) == pytest.approx(float(entropy))


def test_of_several_classes_the_rare_ones_weigh_more():
    answers, weights = torch.tensor([[1.0, 0, 1], [0, 0, 0], [1, 1, 1], [0, 1, 0]]), torch.tensor([0.5, 4.0, 1.0])
    right, wrong = torch.nn.functional.logsigmoid(LOGITS), torch.nn.functional.logsigmoid(-LOGITS)
    expected = -(weights * answers * right + (1 - answers) * wrong).mean()
    assert float(class_loss(LOGITS, answers, PLAIN, weights)) == pytest.approx(float(expected), rel=1e-5)


def asked(count=2):
    """A prompted head's answer about objects of images whose right half is padding, and what is right."""
    generator = torch.Generator().manual_seed(0)
    masks = MaskPrediction(
        torch.randn(count, 4, 16, 16, generator=generator), torch.rand(count, 4, generator=generator)
    )
    points = ObjectPrompt(torch.tensor([[4.0, 4.0]]), torch.tensor([1]))
    batch = HeadBatch(
        images=(),
        features=None,
        frames=(ModelFrame((64, 32), (64, 32), 64),) * count,
        inside=torch.ones(count, 1, 4, 4, dtype=torch.bool),
        answers=torch.tensor([0, 2]),
        covers=(torch.rand(count, 16, 16, generator=generator) > 0.5).to(torch.uint8) * 255,
        counts=(1,) * count,
        class_maps=None,
        prompts=PromptTokens.pad([replace(points, image_index=i) for i in range(count)]),
        names=("a",) * count,
        position=0,
    )
    return HeadOutput(class_logits=LOGITS[:count], masks=masks), batch


def example(labels, instances=()):
    return Example("a", Path("a.png"), None, "train", (64, 64), labels=labels, instances=instances)


def test_a_prompted_head_keeps_its_masks_good():
    output, batch = asked()
    targets, head = Targets("classification", ("a", "b", "c"), is_prompted=True), HeadConfig("prompted", 3)
    settings = HeadLossSettings(balance=False, masks=0.25)
    losses = objective_of(targets, head, settings, [])(output, batch)
    inside = inside_image(batch.frames, torch.tensor([0, 1]), 16)
    masks = segmentation_loss(output.masks, batch.covers.float() / 255, LossSettings(), inside).total
    classes = class_loss(LOGITS[:2], batch.answers, PLAIN, None)
    assert float(losses["masks"]) == pytest.approx(float(masks))
    assert float(losses["loss"]) == pytest.approx(float(classes + 0.25 * masks))
    alone = objective_of(targets, head, HeadLossSettings(balance=False, masks=0), [])(output, batch)
    assert float(alone["loss"]) == pytest.approx(float(classes))


def test_balance_is_that_of_the_images_or_of_the_objects():
    output, batch = asked()
    head, names = HeadConfig("pooled", 3), ("a", "b", "c")
    train = [example((0,))] * 6 + [example((1,))] * 3 + [example((2,))]
    for balance in (True, False):
        losses = objective_of(Targets("classification", names), head, HeadLossSettings(balance=balance, masks=0), train)
        weights = class_weights([e.labels for e in train], 3, several=False) if balance else None
        expected = class_loss(LOGITS[:2], batch.answers, PLAIN, weights)
        assert float(losses(output, batch)["loss"]) == pytest.approx(float(expected))
    # Each image shows both classes, but there are three objects of the one to one of the other.
    several = Targets("classification", ("a", "b"), several=True, is_prompted=True)
    objects = [SimpleNamespace(category=name) for name in "aaab"]
    loss = objective_of(
        several, HeadConfig("prompted", 2), HeadLossSettings(masks=0), [example((0, 1), tuple(objects))]
    )
    answers = torch.tensor([[1.0, 0], [0, 1]])
    expected = class_loss(LOGITS[:2, :2], answers, PLAIN, torch.tensor([1 / 3, 3]))
    found = loss(HeadOutput(class_logits=LOGITS[:2, :2]), replace(batch, answers=answers))
    assert float(found["loss"]) == pytest.approx(float(expected))


def test_values_cost_their_smooth_distance():
    targets = Targets("regression", ("x",), means=(0.0,), scales=(1.0,))
    _, batch = asked()
    found, wanted = torch.tensor([[0.5], [3.0]]), torch.tensor([[1.0], [-1.0]])
    losses = objective_of(targets, HeadConfig("pooled", 1), PLAIN, [])(
        HeadOutput(class_logits=found), replace(batch, answers=wanted)
    )
    assert float(losses["loss"]) == pytest.approx((0.5**2 / 2 + 4 - 0.5) / 2)
