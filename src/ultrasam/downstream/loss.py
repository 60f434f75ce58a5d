"""What a wrong class, value or mask costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from ultrasam.downstream.batch import IGNORED, HeadBatch
from ultrasam.downstream.instance_loss import InstanceLoss
from ultrasam.downstream.targets import Targets
from ultrasam.modeling.finetuned import HeadOutput
from ultrasam.modeling.heads.config import HeadConfig
from ultrasam.training.cover import inside_image
from ultrasam.training.loss import LossSettings, segmentation_loss
from ultrasam.training.settings import Settings

if TYPE_CHECKING:
    from ultrasam.downstream.data.example import Example

#: A rare class counts at most so many times as a frequent one.
_MOST_BALANCE = 10.0

#: Gives the total and what it is made of, by name; each a tensor without dimensions.
Objective = Callable[[HeadOutput, HeadBatch], dict[str, Tensor]]


class HeadLossSettings(Settings):
    """Weights and variants of the loss.

    Attributes:
        classification: ``"cross_entropy"``, or ``"focal"`` (Lin et al. 2017), which cares less for images that are
            nearly right.
        gamma: how much less.
        balance: whether an image of a rare class counts more: as much more as the class is rarer, up to ten times.
        masks: of a prompted head: weight of the masks' loss, by which they stay good; 0 is none.
        dice: of a semantic head: weight of the dice loss beside cross-entropy.
    """

    classification: Literal["cross_entropy", "focal"] = "cross_entropy"
    gamma: float = Field(2.0, ge=0)
    balance: bool = True
    masks: float = Field(1.0, ge=0)
    dice: float = Field(1.0, ge=0)


def objective_of(targets: Targets, head: HeadConfig, settings: HeadLossSettings, train: Sequence[Example]) -> Objective:
    """The loss of a task.

    Args:
        targets: what is answered.
        head: the network that answers.
        settings: weights and variants.
        train: what is trained on, for how frequent each class is.
    """
    if targets.task == "semantic":
        return lambda output, batch: semantic_loss(_present(output.mask_logits), _present(batch.class_maps), settings)
    if targets.task == "instance":
        return InstanceLoss(head)
    weights = None
    if targets.task == "classification" and settings.balance:
        weights = class_weights(_classes_asked(targets, train), len(targets.classes), targets.several)

    def classes(output: HeadOutput, batch: HeadBatch) -> dict[str, Tensor]:
        logits, answers = _present(output.class_logits).float(), _present(batch.answers)
        if targets.task == "regression":
            first = {"values": F.smooth_l1_loss(logits, answers)}
        else:
            first = {"classes": class_loss(logits, answers, settings, weights)}
        if output.masks is None or not settings.masks or batch.prompts is None:
            return {**first, "loss": next(iter(first.values()))}
        truths = _present(batch.covers).float() / 255
        inside = inside_image(batch.frames, batch.prompts.image_index, truths.shape[-1])
        masks = segmentation_loss(output.masks, truths, LossSettings(), inside).total
        return {**first, "masks": masks.detach(), "loss": next(iter(first.values())) + settings.masks * masks}

    return classes


def _classes_asked(targets: Targets, examples: Sequence[Example]) -> list[list[int]]:
    """The numbers of the classes of each image, or of each object that is asked about."""
    answers = torch.cat([_present(targets.answers(example, targets.objects(example))) for example in examples])
    if targets.several:
        return [answer.nonzero()[:, 0].tolist() for answer in answers]
    return [[number] for number in answers.tolist()]


def class_weights(labels: Sequence[Sequence[int]], classes: int, several: bool) -> Tensor:
    """How much an image of each class counts, ``(classes,)`` float32.

    Where an image has one class, the mean over the images is 1; where it may have several, the weight is that of an
    image which has the class against one that has not.
    """
    counts = np.bincount([label for image in labels for label in image], minlength=classes).astype(np.float64)
    if several:
        ratio = (len(labels) - counts) / counts.clip(min=1)
        return torch.tensor(ratio.clip(1 / _MOST_BALANCE, _MOST_BALANCE), dtype=torch.float32)
    rarity = counts.max() / counts.clip(min=1)
    weights = rarity.clip(max=_MOST_BALANCE)
    return torch.tensor(weights * counts.sum() / (weights * counts).sum(), dtype=torch.float32)


def class_loss(logits: Tensor, answers: Tensor, settings: HeadLossSettings, weights: Tensor | None) -> Tensor:
    """Cross-entropy or focal loss, the mean over images.

    Args:
        logits: ``(N, K)`` float32.
        answers: ``(N,)`` int64, or ``(N, K)`` float32 of 0 and 1 where an image may have several classes.
        settings: which, and gamma.
        weights: of :func:`class_weights`; None: all alike.
    """
    weights = None if weights is None else weights.to(logits.device, non_blocking=True)
    gamma = settings.gamma if settings.classification == "focal" else 0.0
    if answers.ndim == 2:
        entropy = F.binary_cross_entropy_with_logits(logits, answers, reduction="none", pos_weight=weights)
        # A power below 1 has an infinite slope at 0.
        wrongness = (logits.sigmoid() - answers).abs().clamp(min=1e-6)
        return (entropy * wrongness**gamma).mean() if gamma else entropy.mean()
    entropy = F.cross_entropy(logits, answers, reduction="none")
    if gamma:
        right = logits.softmax(1).gather(1, answers[:, None])[:, 0]
        entropy = entropy * (1 - right).clamp(min=1e-6) ** gamma
    return (entropy if weights is None else entropy * weights[answers]).mean()


def semantic_loss(logits: Tensor, class_maps: Tensor, settings: HeadLossSettings) -> dict[str, Tensor]:
    """Cross-entropy and the dice loss of the classes, over the pixels of the images.

    Args:
        logits: ``(B, 1 + K, S/4, S/4)``, the background first.
        class_maps: ``(B, S/2, S/2)`` uint8; :data:`~ultrasam.downstream.batch.IGNORED` counts for nothing.
        settings: their weights.
    """
    fine = F.interpolate(logits.float(), tuple(class_maps.shape[-2:]), mode="bilinear", align_corners=False)
    truth = class_maps.long()
    entropy = F.cross_entropy(fine, truth, ignore_index=IGNORED)
    if not settings.dice:
        return {"entropy": entropy, "loss": entropy}
    known = (truth != IGNORED)[:, None]
    probability = fine.softmax(1)[:, 1:] * known
    wanted = (truth[:, None] == torch.arange(1, fine.shape[1], device=truth.device)[:, None, None]).float()
    # Over the whole batch: a class that an image lacks has no dice of its own.
    both = (probability * wanted).sum((0, 2, 3))
    sides = probability.sum((0, 2, 3)) + wanted.sum((0, 2, 3))
    dice = (1 - (2 * both + 1) / (sides + 1)).mean()
    return {"entropy": entropy.detach(), "dice": dice.detach(), "loss": entropy + settings.dice * dice}


def _present(tensor: Tensor | None) -> Tensor:
    if tensor is None:
        raise TypeError("Expected an answer of the kind that the task has, but there is none.")
    return tensor
