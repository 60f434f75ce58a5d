"""From the logits of a dense head to masks of the original image, each with its class and score."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ultrasam.inference.coordinates import ModelFrame

#: Two masks of one class that overlap more (IoU) are one object, as usual when boxes are thinned out.
SAME_CLASS_IOU = 0.5
#: Two masks of different classes that overlap more are one object with two opinions about its class; less may be a
#: structure within another. Mask2Former's own post-processing has this value for masks that are mostly another's.
OTHER_CLASS_IOU = 0.8


@dataclass(frozen=True, eq=False)
class ClassMask:
    """One mask that a head found.

    Attributes:
        category: number of its class, from 0; the background has none.
        score: 0 to 1.
        logits: ``(S/4, S/4)`` float32 in the model's frame, surely outside in the padding; positive inside.
        mask: ``(H, W)`` bool of the original image, not empty.
    """

    category: int
    score: float
    logits: Tensor
    mask: Tensor


def semantic_masks(logits: Tensor, frame: ModelFrame) -> list[ClassMask]:
    """One mask for each class that wins a pixel of the original image; no pixel has two classes.

    Args:
        logits: ``(1 + C, S/4, S/4)`` float32, background first.
        frame: how the image lies in the network's input.

    Returns:
        In the order of the classes. A score is the mean probability of the class inside its mask; logits are the
        log-odds of the class.
    """
    full = frame.logits_to_original(logits)
    total = full.logsumexp(0)
    winner = full.argmax(0)
    found = []
    for number in range(1, len(logits)):
        mask = winner == number
        if not mask.any():
            continue
        score = float((full[number][mask] - total[mask]).exp().mean())
        others = torch.cat([logits[:number], logits[number + 1 :]])
        log_odds = logits[number] - others.logsumexp(0)
        found.append(ClassMask(number - 1, score, frame.without_padding(log_odds), mask))
    return found


def instance_masks(class_logits: Tensor, mask_logits: Tensor, frame: ModelFrame, min_score: float) -> list[ClassMask]:
    """The objects that an instance head is sure enough of, best first.

    As Mask2Former (Cheng et al. 2022), a score is the probability of the class times the mean probability of the
    pixels inside the mask. Each query has one class; of two that found one object, the better stays.

    Args:
        class_logits: ``(Q, C + 1)`` float32, "nothing" last.
        mask_logits: ``(Q, S/4, S/4)`` float32.
        frame: how the image lies in the network's input.
        min_score: lowest score that is an object.
    """
    likelihood, category = class_logits.softmax(-1)[:, :-1].max(-1)
    logits = frame.without_padding(mask_logits)
    inside = logits > 0
    area = inside.sum((1, 2))
    sureness = (logits.sigmoid() * inside).sum((1, 2)) / area.clamp(min=1)
    scores = likelihood * sureness
    found: list[ClassMask] = []
    kept: list[int] = []
    for query in scores.argsort(descending=True, stable=True).tolist():
        if float(scores[query]) < min_score or not area[query]:
            continue
        if kept and _is_repeated(inside[query], int(category[query]), inside[kept], category[kept]):
            continue
        mask = frame.logits_to_original(logits[query][None])[0] > 0
        if mask.any():
            kept.append(query)
            found.append(ClassMask(int(category[query]), float(scores[query]), logits[query].clone(), mask))
    return found


def _is_repeated(mask: Tensor, category: int, kept: Tensor, categories: Tensor) -> bool:
    """Whether one of the masks ``(K, h, w)`` that were kept is the same object as a mask ``(h, w)``."""
    shared = (kept & mask).sum((1, 2))
    iou = shared / (kept | mask).sum((1, 2))
    allowed = torch.where(categories == category, SAME_CLASS_IOU, OTHER_CLASS_IOU)
    return bool((iou > allowed).any())
