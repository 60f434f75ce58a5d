"""True masks, and the image itself, on the grid of the network's answers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ultrasam.inference.coordinates import ModelFrame
from ultrasam.types import Mask


def cover(mask: Mask, frame: ModelFrame, stride: int) -> Tensor:
    """How much of each cell of the model's frame a mask covers, smoothly as in mask prompts (antialiased bilinear).

    A cell that the image fills only in part continues it: logits of that cell decide about the image's last pixels.

    Args:
        mask: ``(H, W)`` bool, original size.
        frame: how the image lies in the network's input.
        stride: pixels of the model's frame per cell, a divisor of its size.

    Returns:
        ``(S/stride, S/stride)`` uint8, 0 to 255; 0 beyond the image.
    """
    size = frame.input_size // stride
    (rows, columns), (scale_x, scale_y) = frame.original_hw, frame.scale_xy
    height, width = frame.cells_hw(stride)
    # Whole cells reach beyond the image unless the stride divides its resized sides.
    right, bottom = width * stride / scale_x, height * stride / scale_y
    whole = np.pad(mask, ((0, math.ceil(bottom) - rows), (0, math.ceil(right) - columns)), mode="edge")
    resized = Image.fromarray(whole.astype(np.uint8) * 255).resize(
        (width, height), Image.Resampling.BILINEAR, (0, 0, right, bottom)
    )
    result = torch.zeros(size, size, dtype=torch.uint8)
    result[:height, :width] = torch.from_numpy(np.array(resized))
    return result


def inside_image(frames: Sequence[ModelFrame], image_index: Tensor | None, size: int) -> Tensor:
    """Which cells of the model's frame belong to the image; those of the padding are seen by no user.

    Args:
        frames: how B images lie in the network's input.
        image_index: ``(N,)`` the image of each object; None where there is one image.
        size: cells on a side of the frame.

    Returns:
        ``(N, 1, size, size)`` bool on the device of ``image_index``, or ``(1, 1, size, size)``; cells that the image
        fills in part are True.
    """
    result = torch.zeros(len(frames), 1, size, size, dtype=torch.bool)
    for inside, frame in zip(result, frames, strict=True):
        height, width = frame.cells_hw(frame.input_size // size)
        inside[:, :height, :width] = True
    return result if image_index is None else result.to(image_index.device)[image_index]
