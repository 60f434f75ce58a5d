"""What a wrong mask costs: focal, dice and IoU losses on the single mask and on the best of three.

After SAM (Kirillov et al. 2023, appendix A) and the UltraSam paper (Meyer et al. 2025): 20 x focal + 1 x dice +
1 x squared error of the predicted IoU, on the mask with the best IoU. SAM leaves the single-mask output to prompts
of several points; here it has its share for every prompt, as it is what users get.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from ultrasam.modeling.mask_decoder import MaskPrediction
from ultrasam.training.settings import Settings

NonNegative = Annotated[float, Field(ge=0)]


class LossSettings(Settings):
    """Weights and variants of the loss.

    Attributes:
        focal: weight of the focal loss (Lin et al. 2017), the mean over pixels.
        dice: weight of the dice loss (Milletari et al. 2016), or of its variant.
        iou: weight of the squared error of the predicted IoU.
        gamma: how much the focal loss cares less for pixels that are nearly right.
        alpha: the focal loss's weight of pixels inside; the outside has 1 less it.
        single: share of the single-mask output.
        several: share of the three masks.
        which: of the three masks, the ``"best"`` by IoU, or ``"all"`` alike.
        overlap: ``"dice"``, or ``"focal_tversky"`` (Abraham & Khan 2019), which weighs missed pixels more.
        boundary: how much more pixels count in the focal loss that lie within two cells of the true outline.
        stride: pixels of the model's frame per pixel of the loss: 4 is the low-resolution logits as they are; 2 and 1
            are finer, with logits interpolated, as they will be for the user.
    """

    focal: NonNegative = 20.0
    dice: NonNegative = 1.0
    iou: NonNegative = 1.0
    gamma: NonNegative = 2.0
    alpha: float = Field(0.25, gt=0, lt=1)
    single: NonNegative = 1.0
    several: NonNegative = 1.0
    which: Literal["best", "all"] = "best"
    overlap: Literal["dice", "focal_tversky"] = "dice"
    boundary: NonNegative = 0.0
    stride: Literal[1, 2, 4] = 4


@dataclass(frozen=True, eq=False)
class Loss:
    """A loss and what it is made of, each the mean over N objects.

    Attributes:
        total: what is minimised.
        focal: unweighted, of the masks that count.
        overlap: dice loss (or its variant), unweighted.
        iou: squared error of the predicted IoU, unweighted.
    """

    total: Tensor
    focal: Tensor
    overlap: Tensor
    iou: Tensor


def segmentation_loss(
    prediction: MaskPrediction, truths: Tensor, settings: LossSettings, inside: Tensor | None = None
) -> Loss:
    """The loss of the predictions for N objects.

    Beyond the image, nothing is right for focal and dice loss; the IoU is that of what the user sees.

    Args:
        prediction: logits ``(N, 4, S/4, S/4)`` and predicted IoU ``(N, 4)``.
        truths: ``(N, S/stride, S/stride)`` float cover of the true masks, 0 to 1.
        settings: weights and variants.
        inside: ``(N, 1, S/stride, S/stride)`` bool, the cells of the image; None: all.
    """
    logits = prediction.logits.float()
    size = truths.shape[-2:]
    if logits.shape[-2:] != size:
        logits = F.interpolate(logits, tuple(size), mode="bilinear", align_corners=False)
    truth = truths[:, None].float()
    weights = None if settings.boundary == 0 else 1 + settings.boundary * near_outline(truth, inside=inside)
    focal = focal_loss(logits, truth, settings.gamma, settings.alpha, weights)
    overlap = dice_loss(logits, truth) if settings.overlap == "dice" else focal_tversky_loss(logits, truth)
    true_iou = intersection_over_union(logits.detach(), truth, inside)
    iou = (prediction.iou.float() - true_iou).square()
    shares = _shares(true_iou, settings)
    parts = [(shares * part).sum(1).mean() for part in (focal, overlap, iou)]
    total = settings.focal * parts[0] + settings.dice * parts[1] + settings.iou * parts[2]
    return Loss(total, *(part.detach() for part in parts))


def focal_loss(logits: Tensor, truth: Tensor, gamma: float, alpha: float, weights: Tensor | None = None) -> Tensor:
    """Focal loss ``(N, M)``, the mean over pixels, of logits ``(N, M, H, W)`` and truth ``(N, 1, H, W)`` in 0 to 1.

    Lin et al. 2017; for truths between 0 and 1 the quality focal loss (Li et al. 2020, "Generalized focal loss").
    """
    truth = truth.expand_as(logits)
    entropy = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    # A power below 1 has an infinite slope at 0.
    wrongness = (logits.sigmoid() - truth).abs().clamp(min=1e-6)
    loss = entropy * wrongness**gamma * (alpha * truth + (1 - alpha) * (1 - truth))
    return (loss if weights is None else loss * weights).mean((-2, -1))


def dice_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """One minus the soft Dice ``(N, M)`` of logits ``(N, M, H, W)`` and truth ``(N, 1, H, W)`` in 0 to 1."""
    probability = logits.sigmoid()
    both = (probability * truth).sum((-2, -1))
    return 1 - (2 * both + 1) / (probability.sum((-2, -1)) + truth.sum((-2, -1)) + 1)


def focal_tversky_loss(
    logits: Tensor, truth: Tensor, missed: float = 0.7, added: float = 0.3, gamma: float = 0.75
) -> Tensor:
    """Focal Tversky loss ``(N, M)`` (Abraham & Khan 2019) of logits ``(N, M, H, W)`` and truth ``(N, 1, H, W)``."""
    probability = logits.sigmoid()
    both = (probability * truth).sum((-2, -1))
    false_negative = ((1 - probability) * truth).sum((-2, -1))
    false_positive = (probability * (1 - truth)).sum((-2, -1))
    index = (both + 1) / (both + missed * false_negative + added * false_positive + 1)
    # The power's slope is infinite at 0.
    return (1 - index).clamp(min=1e-6) ** gamma


def intersection_over_union(logits: Tensor, truth: Tensor, inside: Tensor | None = None) -> Tensor:
    """IoU ``(N, M)`` of the masks of logits ``(N, M, H, W)`` and truth ``(N, 1, H, W)``, both thresholded.

    Only pixels ``inside`` count, ``(N, 1, H, W)`` bool; None: all.
    """
    mask, true_mask = logits > 0, truth > 0.5
    if inside is not None:
        mask, true_mask = mask & inside, true_mask & inside
    both = (mask & true_mask).sum((-2, -1)).float()
    either = (mask | true_mask).sum((-2, -1)).float()
    return torch.where(either > 0, both / either.clamp(min=1), 1.0)


def near_outline(truth: Tensor, cells: int = 2, inside: Tensor | None = None) -> Tensor:
    """1 within some cells of the outline of ``(N, 1, H, W)`` in 0 to 1, 0 elsewhere; the image's border is none.

    The image is what is ``inside``, ``(N, 1, H, W)`` bool; None: all.
    """
    image = torch.ones_like(truth) if inside is None else inside.float()
    mask, rest = (truth > 0.5) * image, (truth <= 0.5) * image
    near_mask, near_rest = (F.max_pool2d(part, 2 * cells + 1, stride=1, padding=cells) for part in (mask, rest))
    return near_mask * near_rest * image


def _shares(true_iou: Tensor, settings: LossSettings) -> Tensor:
    """``(N, 4)``: how much each mask counts; the single one first."""
    several = true_iou[:, 1:]
    if settings.which == "best":
        shares = F.one_hot(several.argmax(1), several.shape[1]).float()
    else:
        shares = torch.full_like(several, 1 / several.shape[1])
    return torch.cat([torch.full_like(true_iou[:, :1], settings.single), settings.several * shares], 1)
