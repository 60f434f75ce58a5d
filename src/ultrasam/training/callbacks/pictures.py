"""What the network sees of some validation images, as pictures in TensorBoard."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from ultrasam.imaging.overlay import draw_overlay
from ultrasam.training.batch import Batch
from ultrasam.training.dataset import VALIDATION_KINDS

#: Longer side of a picture in pixels: TensorBoard keeps those of all validations.
_LONGER_SIDE = 256
#: Colours of the true outline and of the answer.
_TRUE, _ANSWER = (0, 158, 115), (230, 159, 0)


class Pictures(pl.Callback):
    """After each validation: the first object of some images, its true outline green and the answers orange.

    Each image is a strip: the answers to the exact box, the inmost point and the shifted box, side by side.

    Args:
        datasets: how many data sets there are; they share the pictures.
        images: how many images.
    """

    def __init__(self, datasets: int, images: int = 6) -> None:
        self._room_at_first = {group: images // datasets + (group < images % datasets) for group in range(datasets)}
        self._room = dict(self._room_at_first)

    def on_validation_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Begin anew."""
        self._room = dict(self._room_at_first)

    def on_validation_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Batch,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Draw the first object of the first images of each data set."""
        writer = getattr(trainer.logger, "experiment", None)
        if writer is None or not trainer.is_global_zero or batch.prompts.image_index is None:
            return
        for i in range(len(batch)):
            rows = torch.nonzero(batch.prompts.image_index == i).flatten()[: len(VALIDATION_KINDS)].tolist()
            group = int(batch.groups[rows[0]])
            if not self._room[group]:
                continue
            self._room[group] -= 1
            strip = np.concatenate([draw(batch.images[i], batch.truths[row], outputs[row]) for row in rows], axis=1)
            writer.add_image(batch.names[i], strip, trainer.global_step, dataformats="HWC")


def draw(image: Tensor, truth: Tensor, logits: Tensor) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The picture of one answer.

    Args:
        image: ``(3, h, w)`` uint8 in the model's frame, without padding.
        truth: ``(S/stride, S/stride)`` uint8 cover, 0 to 255.
        logits: ``(S/4, S/4)``.

    Returns:
        ``(H, W, 3)`` uint8, whose longer side has 256 pixels.
    """
    height, width = image.shape[-2:]
    size = 4 * logits.shape[-1]
    fields = [field[None, None].float() for field in (truth - 127.5, logits)]
    masks = [F.interpolate(field, (size, size), mode="bilinear")[0, 0, :height, :width] > 0 for field in fields]
    pixels = image.permute(1, 2, 0).cpu().numpy()
    picture = draw_overlay(pixels, [mask.cpu().numpy() for mask in masks], colours=(_TRUE, _ANSWER))
    scale = _LONGER_SIDE / max(picture.size)
    size_wh = [max(1, round(side * scale)) for side in picture.size]
    return np.asarray(picture.convert("RGB").resize((size_wh[0], size_wh[1]), Image.Resampling.LANCZOS))
