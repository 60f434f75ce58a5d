from __future__ import annotations

import pytest
import torch

from tests.modeling.networks import object_prompt
from ultrasam.errors import InputError
from ultrasam.modeling.prompts import ObjectPrompt, PromptTokens

LOGITS = torch.zeros(64, 64)


def prompt(labels, mask=None, image_index=0):
    return ObjectPrompt(torch.rand(len(labels), 2), torch.tensor(labels, dtype=torch.long), mask, image_index)


@pytest.mark.parametrize(
    ("labels", "complete"),
    [
        ([1], [1, -1]),
        ([1, 0, 1], [1, 0, 1, -1]),
        ([2, 3], [2, 3]),
        ([1, 0, 2, 3], [1, 0, 2, 3]),
        ([], []),
    ],
)
def test_points_without_a_box_are_followed_by_a_token_that_is_no_point(labels, complete):
    points_xy, found = prompt(labels).tokens()
    assert found.tolist() == complete
    assert points_xy.shape == (len(complete), 2)


def test_pad_fills_slots_and_masks():
    mask = torch.randn(64, 64)
    tokens = PromptTokens.pad([prompt([1]), prompt([0, 2, 3], image_index=2), prompt([], mask, 1)])
    assert tokens.labels.tolist() == [[1, -1, -2], [0, 2, 3], [-2, -2, -2]]
    assert tokens.points_xy.shape == (3, 3, 2)
    assert tokens.points_xy.dtype == torch.float32
    assert tokens.has_mask.tolist() == [False, False, True]
    assert torch.equal(tokens.mask_logits[2, 0], mask)
    assert tokens.image_index.tolist() == [0, 2, 1]


def test_pad_without_masks_or_points():
    assert PromptTokens.pad([prompt([2, 3])]).mask_logits is None
    only_mask = PromptTokens.pad([prompt([], LOGITS)])
    assert only_mask.points_xy.shape == (1, 0, 2)
    assert only_mask.labels.dtype == torch.long


def test_to_keeps_every_part():
    tokens = PromptTokens.pad([object_prompt(0, points=2, mask=True), object_prompt(1, box=True)])
    moved = tokens.to("cpu")
    for name in ("points_xy", "labels", "mask_logits", "has_mask", "image_index"):
        assert torch.equal(getattr(moved, name), getattr(tokens, name))
    assert tokens.to("meta").mask_logits.device.type == "meta"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PromptTokens.pad([]), "at least one object, but got none"),
        (lambda: prompt([5]), r"labels among \[-2, -1, 0, 1, 2, 3\], but got \[5\]"),
        (lambda: ObjectPrompt(torch.rand(2, 2), torch.tensor([1])), r"but got \(2, 2\) and \(1,\)"),
        (lambda: ObjectPrompt(torch.rand(3), torch.tensor([1, 1, 1])), r"of shape \(k, 2\)"),
        (lambda: prompt([1], torch.zeros(1, 64, 64)), r"mask_logits of shape \(S/4, S/4\), but got"),
        (lambda: PromptTokens.pad([prompt([], LOGITS), prompt([], LOGITS[1:])]), "mask_logits of one size"),
        (lambda: PromptTokens(torch.rand(1, 2, 2), torch.ones(1, 3)), r"points_xy of shape \(N, K, 2\)"),
        (
            lambda: PromptTokens(torch.rand(2, 1, 2), torch.ones(2, 1).long(), LOGITS[None, None]),
            r"mask_logits of shape \(2, 1, S/4, S/4\), but got \(1, 1, 64, 64\)",
        ),
        (
            lambda: PromptTokens(torch.rand(2, 1, 2), torch.ones(2, 1).long(), image_index=torch.zeros(3).long()),
            r"image_index of shape \(2,\), but got \(3,\)",
        ),
    ],
)
def test_wrong_shapes_are_said(make, message):
    with pytest.raises(InputError, match=message):
        make()
