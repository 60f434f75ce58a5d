"""Mask2Former's loss (Cheng et al. 2022), as transformers (Apache-2.0) has it, with all objects matched at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ultrasam.downstream.batch import HeadBatch
from ultrasam.extras import require
from ultrasam.modeling.finetuned import HeadOutput
from ultrasam.modeling.heads.config import HeadConfig
from ultrasam.modeling.heads.instance import mask2former_config

_NEEDED_FOR = "Networks that find objects by themselves"
#: Points of a mask at which it is compared: as many of ours, of a quarter of 512 pixels and fewer, as Mask2Former's
#: 12,544 are of a quarter of 1024.
_POINTS = 3136


class InstanceLoss:
    """Each object is answered by the query that costs least, all other queries by "nothing"; over all layers.

    Args:
        head: whose answers they are.
    """

    def __init__(self, head: HeadConfig) -> None:
        modeling: Any = require("transformers.models.mask2former.modeling_mask2former", needed_for=_NEEDED_FOR)
        config = mask2former_config(head)
        config.train_num_points = _POINTS
        self._weights = {
            "loss_cross_entropy": config.class_weight,
            "loss_mask": config.mask_weight,
            "loss_dice": config.dice_weight,
        }
        self._loss = modeling.Mask2FormerLoss(config, self._weights)
        self._loss.matcher = Matcher(config.class_weight, config.mask_weight, config.dice_weight, _POINTS)

    def __call__(self, output: HeadOutput, batch: HeadBatch) -> dict[str, Tensor]:
        """The total and its parts, each the sum over layers."""
        if output.class_logits is None or output.mask_logits is None or batch.covers is None or batch.answers is None:
            raise TypeError("Expected classes and masks of queries and of objects, but some are missing.")
        self._loss.to(output.mask_logits.device)
        masks = [covers.float() / 255 for covers in torch.split(batch.covers, list(batch.counts))]
        classes = list(torch.split(batch.answers, list(batch.counts)))
        layers = [*output.auxiliary, (output.class_logits, output.mask_logits)]
        sums = dict.fromkeys(self._weights, output.mask_logits.new_zeros((), dtype=torch.float32))
        # Costs of half precision would tie.
        with torch.autocast(output.mask_logits.device.type, enabled=False):
            for class_logits, mask_logits in layers:
                for name, value in self._loss(mask_logits.float(), class_logits.float(), masks, classes).items():
                    sums[name] = sums[name] + self._weights[name] * value
        total = torch.stack(list(sums.values())).sum()
        return {"loss": total, **{name.removeprefix("loss_"): value.detach() for name, value in sums.items()}}


class Matcher(torch.nn.Module):
    """Mask2Former's assignment of objects to queries, with one wait for the device in place of one for each image.

    Args:
        class_cost: weight of the class's probability.
        mask_cost: weight of the masks' cross-entropy.
        dice_cost: weight of the masks' dice.
        points: at which masks are compared, the same of all in a batch.
    """

    def __init__(self, class_cost: float, mask_cost: float, dice_cost: float, points: int) -> None:
        super().__init__()
        self._class_cost = class_cost
        self._mask_cost = mask_cost
        self._dice_cost = dice_cost
        self._points = points

    @torch.no_grad()
    def forward(
        self, mask_logits: Tensor, class_logits: Tensor, masks: list[Tensor], classes: list[Tensor]
    ) -> list[tuple[Tensor, Tensor]]:
        """For each image, the queries and the objects that they answer.

        Args:
            mask_logits: ``(B, Q, h, w)``.
            class_logits: ``(B, Q, K + 1)``.
            masks: of each image ``(M, h, w)``, 0 to 1.
            classes: of each image ``(M,)`` int64.
        """
        assign = require("scipy.optimize", needed_for=_NEEDED_FOR).linear_sum_assignment
        counts = [len(image) for image in classes]
        image = torch.repeat_interleave(torch.tensor(counts)).to(mask_logits.device)
        grid = torch.rand(1, self._points, 1, 2, device=mask_logits.device) * 2 - 1
        found = _sampled(mask_logits, grid)
        wanted = _sampled(torch.cat(masks)[None], grid)[0]
        # Costs (N, Q) of each object with each query of its image.
        logits = found[image]
        points = logits.shape[-1]
        inside = F.softplus(-logits) @ wanted[:, :, None] + F.softplus(logits) @ (1 - wanted)[:, :, None]
        entropy = inside[..., 0] / points
        probability = logits.sigmoid()
        both = (probability @ wanted[:, :, None])[..., 0]
        dice = 1 - (2 * both + 1) / (probability.sum(-1) + wanted.sum(-1)[:, None] + 1)
        right = class_logits.softmax(-1)[image, :, torch.cat(classes)]
        costs = self._mask_cost * entropy - self._class_cost * right + self._dice_cost * dice
        parts = np.split(np.nan_to_num(costs.cpu().numpy(), nan=1e9, posinf=1e9), np.cumsum(counts)[:-1])
        pairs = [assign(part.T) for part in parts]
        return [(torch.as_tensor(queries), torch.as_tensor(objects)) for queries, objects in pairs]


def _sampled(maps: Tensor, grid: Tensor) -> Tensor:
    """``(B, C, P)`` of maps ``(B, C, h, w)`` at points ``(1, P, 1, 2)`` in -1 to 1."""
    if not maps.shape[1]:
        return maps.new_zeros(len(maps), 0, grid.shape[1])
    return F.grid_sample(maps, grid.to(maps.dtype).expand(len(maps), -1, -1, -1), align_corners=False)[..., 0]
