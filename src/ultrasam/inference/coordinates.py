"""The one place that knows both frames: pixels of the original image, and pixels of the model's input.

An image is resized so that it fills the upper left part of a square of ``input_size`` pixels; the rest is padding.
A coordinate of the original image times the scale of its axis is the coordinate in the model's frame, as in
segment-anything; the half pixel to the centre is added by the prompt encoder, in the model's frame.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from ultrasam.types import Mask

#: Low-resolution logits have a quarter of the input's side.
LOGIT_STRIDE = 4
#: The logit that stands for "surely inside" (minus it: outside) when a user's mask becomes a mask prompt.
SURE_LOGIT = 10.0

#: How the size after resizing is found; a small difference, but it moves coordinates by up to half a pixel.
#: ``"round"``: segment-anything. ``"floor"``: the official UltraSam. ``"squash"``: MedSAM, which fills the square.
Fit = Literal["round", "floor", "squash"]


@dataclass(frozen=True)
class ModelFrame:
    """How one image lies in the model's input.

    Attributes:
        original_hw: height and width of the original image.
        resized_hw: height and width that it has in the model's input, from the upper left corner.
        input_size: side of the model's square input.
    """

    original_hw: tuple[int, int]
    resized_hw: tuple[int, int]
    input_size: int

    @classmethod
    def fitted(cls, original_hw: tuple[int, int], input_size: int, fit: Fit = "round") -> ModelFrame:
        """The frame of an image of ``original_hw``; an axis never shrinks below one pixel."""
        if fit == "squash":
            return cls(original_hw, (input_size, input_size), input_size)
        scale = input_size / max(original_hw)
        half = 0.5 if fit == "round" else 0.0
        height, width = (max(int(side * scale + half), 1) for side in original_hw)
        return cls(original_hw, (height, width), input_size)

    @property
    def scale_xy(self) -> tuple[float, float]:
        """Model pixels per original pixel, in x and in y."""
        return self.resized_hw[1] / self.original_hw[1], self.resized_hw[0] / self.original_hw[0]

    @property
    def logits_size(self) -> int:
        """Side of the square low-resolution logits."""
        return self.input_size // LOGIT_STRIDE

    def cells_hw(self, stride: int) -> tuple[int, int]:
        """Rows and columns of cells of ``stride`` model pixels that the image fills, the last of them in part."""
        return math.ceil(self.resized_hw[0] / stride), math.ceil(self.resized_hw[1] / stride)

    def to_model(self, xy: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Original to model coordinates, ``(..., 2)``."""
        return np.asarray(xy, np.float64) * self.scale_xy

    def to_original(self, xy: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Model to original coordinates, ``(..., 2)``."""
        return np.asarray(xy, np.float64) / self.scale_xy

    def without_padding(self, logits: Tensor) -> Tensor:
        """Low-resolution logits ``(..., S/4, S/4)`` that are surely outside wherever there is no image."""
        height, width = self.cells_hw(LOGIT_STRIDE)
        emptied = torch.full_like(logits, -SURE_LOGIT)
        emptied[..., :height, :width] = logits[..., :height, :width]
        return emptied

    def mask_to_logits(self, mask: Mask) -> Tensor:
        """A user's mask as a mask prompt.

        Args:
            mask: ``(H, W)`` bool, original size.

        Returns:
            ``(S/4, S/4)`` float32: plus or minus :data:`SURE_LOGIT`, graded over cells that the outline crosses.
        """
        height, width = (max(round(side / LOGIT_STRIDE), 1) for side in self.resized_hw)
        inside = torch.from_numpy(mask.astype(np.float32))[None, None]
        cover = F.interpolate(inside, (height, width), mode="bilinear", antialias=True)[0, 0].clamp(0, 1)
        logits = torch.full((self.logits_size, self.logits_size), -SURE_LOGIT)
        logits[:height, :width] = (2 * cover - 1) * SURE_LOGIT
        return logits

    def logits_to_original(self, logits: Tensor) -> Tensor:
        """Low-resolution logits at the size of the original image, in the two steps of segment-anything.

        One step from low resolution to the original size would be quicker but differs at the padding's border.

        Args:
            logits: ``(N, S/4, S/4)``.

        Returns:
            ``(N, H, W)`` float32.
        """
        height, width = self.resized_hw
        full = F.interpolate(
            logits[None].float(), (self.input_size, self.input_size), mode="bilinear", align_corners=False
        )
        cropped = full[..., :height, :width]
        return F.interpolate(cropped, self.original_hw, mode="bilinear", align_corners=False)[0]
