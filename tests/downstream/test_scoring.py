"""What chooses the best weights, against scikit-learn and plain counts."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import balanced_accuracy_score, mean_absolute_error, roc_auc_score

from tests.downstream.test_instance_loss import batch_of, output_of, squares
from ultrasam.downstream.batch import IGNORED, HeadBatch
from ultrasam.downstream.scoring import VAL_SCORE, found_objects, score_of
from ultrasam.downstream.targets import Targets
from ultrasam.inference.coordinates import ModelFrame
from ultrasam.modeling.finetuned import HeadOutput


def batch(answers=None, class_maps=None, count=4):
    return HeadBatch(
        images=(),
        features=None,
        frames=(ModelFrame((64, 64), (64, 64), 64),) * count,
        inside=torch.ones(count, 1, 4, 4, dtype=torch.bool),
        answers=answers,
        covers=None,
        counts=(1,) * count,
        class_maps=class_maps,
        prompts=None,
        names=("a",) * count,
        position=0,
    )


def measured(targets, pairs):
    score = score_of(targets)
    score.reset()
    for output, one in pairs:
        score.add(output, one)
    return score.values()


@pytest.mark.parametrize("classes", [2, 4])
def test_classes_are_scored_as_scikit_learn_does(classes):
    generator = torch.Generator().manual_seed(classes)
    logits = torch.randn(40, classes, generator=generator)
    truths = torch.randint(0, classes, (40,), generator=generator)
    pairs = [(HeadOutput(class_logits=logits[i : i + 8]), batch(truths[i : i + 8])) for i in range(0, 40, 8)]
    names = tuple("abcd"[:classes])
    values = measured(Targets("classification", names), pairs)
    probabilities = logits.double().softmax(1).numpy()
    shown = probabilities[:, 1] if classes == 2 else probabilities
    auroc = roc_auc_score(truths.numpy(), shown, multi_class="ovr")
    balanced = balanced_accuracy_score(truths.numpy(), probabilities.argmax(1))
    assert values["val/auroc"] == pytest.approx(auroc)
    assert values["val/balanced_accuracy"] == pytest.approx(balanced)
    assert values[VAL_SCORE] == pytest.approx((auroc + balanced) / 2)


def test_several_classes_are_scored_one_by_one():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(30, 3, generator=generator)
    truths = (torch.rand(30, 3, generator=generator) > 0.5).float()
    values = measured(
        Targets("classification", ("a", "b", "c"), several=True), [(HeadOutput(class_logits=logits), batch(truths))]
    )
    assert values["val/auroc"] == pytest.approx(roc_auc_score(truths.numpy(), logits.numpy(), average="macro"))


def test_one_class_alone_leaves_what_can_be_said():
    logits = torch.tensor([[2.0, 0], [3.0, 0]])
    values = measured(
        Targets("classification", ("a", "b")), [(HeadOutput(class_logits=logits), batch(torch.tensor([0, 0])))]
    )
    assert math.isnan(values["val/auroc"])
    assert values[VAL_SCORE] == 1


def test_errors_of_values_count_with_a_minus():
    found, wanted = torch.tensor([[1.0], [2.0], [4.0]]), torch.tensor([[1.5], [2.0], [2.0]])
    values = measured(
        Targets("regression", ("x",), means=(0.0,), scales=(1.0,)), [(HeadOutput(class_logits=found), batch(wanted))]
    )
    assert values[VAL_SCORE] == pytest.approx(-mean_absolute_error(wanted, found))


def test_maps_are_scored_by_dice_inside_the_image():
    truth = torch.zeros(2, 16, 16, dtype=torch.uint8)
    truth[0, :8], truth[1, :4], truth[:, :, 12:] = 1, 2, IGNORED
    found = torch.zeros(2, 16, 16, dtype=torch.uint8)
    found[0, :6], found[1, :8] = 1, 2
    logits = torch.nn.functional.one_hot(found.long(), 3).permute(0, 3, 1, 2).float()
    values = measured(Targets("semantic", ("a", "b")), [(HeadOutput(mask_logits=logits), batch(class_maps=truth))])
    dice = [2 * 6 / (6 + 8), 2 * 4 / (4 + 8)]
    assert values["val/dice"] == pytest.approx(np.mean(dice))
    assert values[VAL_SCORE] == values["val/dice"]


def objects(right):
    rng = np.random.default_rng(0)
    masks, classes = [squares(2, rng), squares(1, rng)], [torch.tensor([0, 2]), torch.tensor([1])]
    mask_logits = torch.full((2, 6, 16, 16), -9.0)
    class_logits = torch.zeros(2, 6, 4)
    class_logits[..., 3] = 9
    for image, (mine, numbers) in enumerate(zip(masks, classes, strict=True)):
        for place, (mask, number) in enumerate(zip(mine, numbers.tolist(), strict=True)):
            mask_logits[image, place] = 18 * mask - 9
            class_logits[image, place] = 0
            class_logits[image, place, number if right else (number + 1) % 3] = 9
    return output_of(mask_logits, class_logits), batch_of(masks, classes)


def test_right_objects_have_an_ap_of_one_and_others_none():
    targets = Targets("instance", ("a", "b", "c"))
    right, wrong = (measured(targets, [objects(right)]) for right in (True, False))
    assert right["val/ap"] == pytest.approx(1)
    assert right["val/f1"] == pytest.approx(1)
    assert wrong["val/ap"] == pytest.approx(0)
    assert right[VAL_SCORE] > wrong[VAL_SCORE]


def test_where_nothing_is_right_yet_dice_tells_weights_apart():
    output, wanted = objects(right=True)
    targets = Targets("instance", ("a", "b", "c"))
    thin, none = output.mask_logits.clone(), torch.full_like(output.mask_logits, -9.0)
    # Every third row of an object has an IoU of a third, which is right for no threshold.
    thin[:, :, ::3] = thin[:, :, 1::3] = -9
    scores = [
        measured(targets, [(output_of(logits, output.class_logits), wanted)])[VAL_SCORE] for logits in (thin, none)
    ]
    assert scores[0] > scores[1] == 0


def test_an_object_is_what_covers_most_of_a_cell():
    output, wanted = objects(right=True)
    soft = wanted.covers.clone()
    soft[soft == 0] = 100
    values = measured(Targets("instance", ("a", "b", "c")), [(output, replace(wanted, covers=soft))])
    assert values["val/ap"] == pytest.approx(1)


def test_of_objects_what_is_shown_beyond_the_image_counts_for_nothing():
    output, wanted = objects(right=True)
    # The image ends above the last quarter, where an answer is all over.
    frames = (ModelFrame((48, 64), (48, 64), 64),) * 2
    covers = wanted.covers.clone()
    covers[:, 12:] = 0
    logits = output.mask_logits.clone()
    logits[:, :, 12:] = 0.5
    shown = HeadOutput(class_logits=output.class_logits, mask_logits=logits)
    seen = replace(wanted, frames=frames, covers=covers)
    score = score_of(Targets("instance", ("a", "b", "c")))
    score.add(shown, seen)
    (found,) = score._parts
    sure = float(torch.tensor(9.0).sigmoid()) * float(output.class_logits[0, 0].softmax(0)[0])
    assert found[0][0].scores[0] == pytest.approx(sure, rel=1e-6)
    assert score.values()["val/ap"] == pytest.approx(1)


def test_a_query_scores_what_it_is_sure_of():
    mask_logits = torch.full((1, 2, 4, 4), -5.0)
    mask_logits[0, 0, :2] = 1.0
    class_logits = torch.tensor([[[2.0, 0.0, 1.0], [0.0, 0.0, 8.0]]])
    scores, classes, masks = found_objects(class_logits, mask_logits)
    expected = float(class_logits[0, 0].softmax(0)[0] * torch.tensor(1.0).sigmoid())
    assert float(scores[0, 0]) == pytest.approx(expected)
    assert int(classes[0, 0]) == 0
    assert masks[0, 0].sum() == 8
    assert float(scores[0, 1]) == 0


def test_a_validation_forgets_the_one_before():
    score = score_of(Targets("regression", ("x",), means=(0.0,), scales=(1.0,)))
    score.add(HeadOutput(class_logits=torch.ones(1, 1)), batch(torch.zeros(1, 1), count=1))
    score.reset()
    assert math.isnan(score.values()[VAL_SCORE])
