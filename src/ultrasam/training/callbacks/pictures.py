"""What the network sees of some validation images, as pictures in TensorBoard."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import Tensor

from ultrasam.imaging.overlay import draw_overlay
from ultrasam.training.batch import Batch
from ultrasam.training.dataset import VALIDATION_KINDS

#: Colours of the true outline and of the answer.
_TRUE, _ANSWER = (0, 158, 115), (230, 159, 0)


class Pictures(pl.Callback):
    """After each validation: the first object of some images, its true outline green and the answers orange.

    Args:
        images: how many images, from different data sets as far as there are.
    """

    def __init__(self, images: int = 8) -> None:
        self._images = images
        self._seen: set[int] = set()

    def on_validation_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Begin anew."""
        self._seen = set()

    def on_validation_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Batch,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Draw the first object of the first image of each data set."""
        writer = getattr(trainer.logger, "experiment", None)
        if writer is None or not trainer.is_global_zero or batch.prompts.image_index is None:
            return
        for i in range(len(batch)):
            rows = torch.nonzero(batch.prompts.image_index == i).flatten()[: len(VALIDATION_KINDS)]
            group = int(batch.groups[rows[0]])
            if group in self._seen or len(self._seen) >= self._images:
                continue
            self._seen.add(group)
            for row in rows.tolist():
                picture = draw(batch.images[i], batch.truths[row], outputs[row])
                tag = f"{VALIDATION_KINDS[int(batch.kinds[row])]}/{batch.names[i]}"
                writer.add_image(tag, picture, trainer.global_step, dataformats="HWC")


def draw(image: Tensor, truth: Tensor, logits: Tensor) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The picture of one answer.

    Args:
        image: ``(3, h, w)`` uint8 in the model's frame, without padding.
        truth: ``(S/stride, S/stride)`` uint8 cover, 0 to 255.
        logits: ``(S/4, S/4)``.

    Returns:
        ``(H, W, 3)`` uint8, at least as large as the image.
    """
    height, width = image.shape[-2:]
    size = 4 * logits.shape[-1]
    fields = [field[None, None].float() for field in (truth - 127.5, logits)]
    masks = [F.interpolate(field, (size, size), mode="bilinear")[0, 0, :height, :width] > 0 for field in fields]
    pixels = image.permute(1, 2, 0).cpu().numpy()
    picture = draw_overlay(pixels, [mask.cpu().numpy() for mask in masks], colours=(_TRUE, _ANSWER))
    return np.asarray(picture.convert("RGB"))
