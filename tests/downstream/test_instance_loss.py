"""Objects against queries: the same assignment and the same loss as transformers' own, image by image."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment
from transformers.models.mask2former.modeling_mask2former import Mask2FormerHungarianMatcher, Mask2FormerLoss

from ultrasam.downstream.batch import HeadBatch
from ultrasam.downstream.instance_loss import _POINTS, InstanceLoss, Matcher
from ultrasam.inference.coordinates import ModelFrame
from ultrasam.modeling.finetuned import HeadOutput
from ultrasam.modeling.heads.config import HeadConfig
from ultrasam.modeling.heads.instance import mask2former_config

HEAD = HeadConfig("instance", 3, width=32, queries=6)
SIDE = 16


def squares(count, rng):
    masks = torch.zeros(count, SIDE, SIDE)
    for mask in masks:
        y, x = rng.integers(0, SIDE - 6, 2)
        mask[y : y + 6, x : x + 6] = 1
    return masks


def answers(batch, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return (
        4 * torch.randn(batch, 6, SIDE, SIDE, generator=generator),
        torch.randn(batch, 6, 4, generator=generator),
    )


def batch_of(masks, classes):
    frames = (ModelFrame((SIDE * 4, SIDE * 4), (SIDE * 4, SIDE * 4), SIDE * 4),) * len(masks)
    return HeadBatch(
        images=(),
        features=None,
        frames=frames,
        inside=torch.ones(len(masks), 1, 4, 4, dtype=torch.bool),
        answers=torch.cat(classes),
        covers=(torch.cat(masks) * 255).to(torch.uint8),
        counts=tuple(len(image) for image in classes),
        class_maps=None,
        prompts=None,
        names=("a",) * len(masks),
        position=0,
    )


def output_of(mask_logits, class_logits, auxiliary=()):
    return HeadOutput(class_logits=class_logits, mask_logits=mask_logits, auxiliary=auxiliary)


@pytest.mark.parametrize("count", [1, 3, 6, 8])
def test_the_assignment_is_that_of_transformers(count):
    rng = np.random.default_rng(count)
    masks, classes = squares(count, rng), torch.from_numpy(rng.integers(0, 3, count))
    mask_logits, class_logits = answers(1, count)
    theirs = Mask2FormerHungarianMatcher(cost_class=2.0, cost_mask=5.0, cost_dice=5.0, num_points=500)
    torch.manual_seed(3)
    expected = theirs(mask_logits, class_logits, [masks], [classes])
    torch.manual_seed(3)
    found = Matcher(2.0, 5.0, 5.0, 500)(mask_logits, class_logits, [masks], [classes])
    assert [tuple(side.tolist() for side in pair) for pair in found] == [
        tuple(side.tolist() for side in pair) for pair in expected
    ]


def test_images_of_a_batch_do_not_see_each_other():
    rng = np.random.default_rng(0)
    counts = [2, 0, 3]
    masks = [squares(count, rng) for count in counts]
    classes = [torch.from_numpy(rng.integers(0, 3, count)) for count in counts]
    mask_logits, class_logits = answers(3)
    # Clear favourites, so that it hardly matters which points were drawn.
    for image, (mine, numbers) in enumerate(zip(masks, classes, strict=True)):
        for place, (mask, number) in enumerate(zip(mine, numbers.tolist(), strict=True)):
            mask_logits[image, 5 - 2 * place] = 12 * mask - 6
            class_logits[image, 5 - 2 * place, number] += 6
    together = Matcher(2.0, 5.0, 5.0, 2000)(mask_logits, class_logits, masks, classes)
    for i, (queries, objects) in enumerate(together):
        if counts[i]:
            assert dict(zip(objects.tolist(), queries.tolist(), strict=True)) == {
                k: 5 - 2 * k for k in range(counts[i])
            }
            (alone,) = Matcher(2.0, 5.0, 5.0, 2000)(
                mask_logits[i : i + 1], class_logits[i : i + 1], masks[i : i + 1], classes[i : i + 1]
            )
            assert (queries.tolist(), objects.tolist()) == tuple(side.tolist() for side in alone)
        else:
            assert queries.tolist() == []


def test_the_loss_is_that_of_transformers():
    rng = np.random.default_rng(1)
    masks, classes = [squares(2, rng)], [torch.tensor([0, 2])]
    final, earlier = answers(1, 1), answers(1, 2)
    config = mask2former_config(HEAD)
    config.train_num_points = _POINTS
    weights = {
        "loss_cross_entropy": config.class_weight,
        "loss_mask": config.mask_weight,
        "loss_dice": config.dice_weight,
    }
    theirs = Mask2FormerLoss(config, weights)
    expected = 0.0
    torch.manual_seed(5)
    for mask_logits, class_logits in (earlier, final):
        found = theirs(mask_logits, class_logits, masks, classes)
        expected += sum(weights[name] * float(value) for name, value in found.items())
    torch.manual_seed(5)
    output = output_of(*final, auxiliary=((earlier[1], earlier[0]),))
    losses = InstanceLoss(HEAD)(output, batch_of(masks, classes))
    assert float(losses["loss"]) == pytest.approx(expected, rel=1e-5)
    parts = [float(losses[name]) for name in ("cross_entropy", "mask", "dice")]
    assert sum(parts) == pytest.approx(float(losses["loss"]), rel=1e-5)


def test_right_answers_cost_little():
    masks, classes = [squares(2, np.random.default_rng(4))], [torch.tensor([1, 2])]
    mask_logits = torch.full((1, 6, SIDE, SIDE), -20.0)
    mask_logits[0, 3:5] = masks[0] * 40 - 20
    class_logits = torch.zeros(1, 6, 4)
    class_logits[..., 3] = 20
    class_logits[0, 3], class_logits[0, 4] = torch.tensor([0, 20, 0, 0.0]), torch.tensor([0, 0, 20, 0.0])
    loss = InstanceLoss(HEAD)
    right = float(loss(output_of(mask_logits, class_logits), batch_of(masks, classes))["loss"])
    wrong = float(loss(output_of(mask_logits.flip(-1), class_logits.flip(-1)), batch_of(masks, classes))["loss"])
    # Half of the points are drawn from between the cells of an outline, where no mask is sure.
    assert right < wrong / 10


def test_images_without_objects_teach_that_there_is_nothing():
    mask_logits, class_logits = answers(2)
    class_logits.requires_grad_()
    none = [torch.zeros(0, SIDE, SIDE)] * 2
    losses = InstanceLoss(HEAD)(output_of(mask_logits, class_logits), batch_of(none, [torch.zeros(0).long()] * 2))
    losses["loss"].backward()
    assert torch.isfinite(losses["loss"])
    # The gradient raises "nothing" and lowers all classes.
    assert (class_logits.grad[..., 3] < 0).all()
    assert (class_logits.grad[..., :3] > 0).all()


def test_the_matchers_costs_are_optimal():
    rng = np.random.default_rng(9)
    masks, classes = [squares(4, rng)], [torch.tensor([0, 1, 2, 0])]
    mask_logits, class_logits = answers(1, 9)
    ((queries, objects),) = Matcher(1.0, 0.0, 0.0, 100)(mask_logits, class_logits, masks, classes)
    costs = -class_logits[0].softmax(-1)[:, classes[0]].numpy()
    rows, columns = linear_sum_assignment(costs)
    assert costs[queries, objects].sum() == pytest.approx(costs[rows, columns].sum())
