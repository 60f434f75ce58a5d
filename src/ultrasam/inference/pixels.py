"""Original pixels to the network's input: resize, normalise, pad."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor

from ultrasam.inference.coordinates import ModelFrame
from ultrasam.types import Pixels

#: ImageNet's mean and standard deviation of RGB in 0 to 255, which every SAM was trained with.
PIXEL_MEAN = (123.675, 116.28, 103.53)
PIXEL_STD = (58.395, 57.12, 57.375)

#: OpenCV's weights of its 8-bit bilinear resize have 11 bits.
_WEIGHT_ONE = 2048


def to_rgb(pixels: Pixels) -> Pixels:
    """``(H, W)`` or ``(H, W, 3)`` uint8 as ``(H, W, 3)``."""
    return pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=-1)


def resize_antialiased(rgb: Pixels, size_hw: tuple[int, int], *, bicubic: bool = False) -> Pixels:
    """Pillow's resize, as segment-anything does it (and, bicubic, nearly as MedSAM does)."""
    filter_ = Image.Resampling.BICUBIC if bicubic else Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(rgb).resize((size_hw[1], size_hw[0]), filter_))


def resize_opencv(rgb: Pixels, size_hw: tuple[int, int]) -> Pixels:
    """Bit for bit what ``cv2.resize`` with bilinear interpolation gives for uint8, without OpenCV.

    The official UltraSam saw images that were resized so, without antialiasing and with 11-bit weights. A resize
    that rounds otherwise moves its logits by 0.02, which is why this is worth its lines.

    Args:
        rgb: ``(H, W, 3)`` uint8.
        size_hw: height and width wanted.
    """
    if rgb.shape[:2] == size_hw:
        return rgb
    (top, bottom), weight_y = _neighbours(rgb.shape[0], size_hw[0])
    (left, right), weight_x = _neighbours(rgb.shape[1], size_hw[1], inside_only=True)
    wide = rgb.astype(np.int32)
    rows = wide[:, left] * weight_x[0][:, None] + wide[:, right] * weight_x[1][:, None]
    # OpenCV drops 4 bits before and 16 after the second product, to stay within 16-bit factors, then rounds.
    upper = (rows[top] >> 4) * weight_y[0][:, None, None] >> 16
    lower = (rows[bottom] >> 4) * weight_y[1][:, None, None] >> 16
    resized: Pixels = ((upper + lower + 2) >> 2).clip(0, 255).astype(np.uint8)
    return resized


def _neighbours(
    source: int, target: int, *, inside_only: bool = False
) -> tuple[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]], npt.NDArray[np.int32]]:
    """Both source indices of each target index, and their integer weights ``(2, target)``.

    OpenCV clamps the weights along x (``inside_only``) but the indices along y, to the same effect.
    """
    position = ((np.arange(target) + 0.5) * (source / target) - 0.5).astype(np.float32)
    first = np.floor(position).astype(np.intp)
    fraction = position - first.astype(np.float32)
    if inside_only:
        fraction[(first < 0) | (first >= source - 1)] = 0
        first = first.clip(0, source - 1)
    weights = np.stack([1 - fraction, fraction]) * np.float32(_WEIGHT_ONE)
    return (first.clip(0, source - 1), (first + 1).clip(0, source - 1)), np.rint(weights).astype(np.int32)


def to_tensor(rgb: Pixels) -> Tensor:
    """``(h, w, 3)`` uint8 to ``(3, h, w)`` float32, still 0 to 255."""
    return torch.from_numpy(np.array(rgb)).permute(2, 0, 1).float()


def normalise(image: Tensor) -> Tensor:
    """``(3, h, w)`` RGB in 0 to 255, less ImageNet's mean, divided by its standard deviation."""
    mean = torch.tensor(PIXEL_MEAN, device=image.device)[:, None, None]
    return (image - mean) / torch.tensor(PIXEL_STD, device=image.device)[:, None, None]


def scale_to_unit(image: Tensor) -> Tensor:
    """``(3, h, w)`` stretched to 0..1 by the image's own extremes, as MedSAM does; a flat image becomes 0."""
    low, high = image.min(), image.max()
    return (image - low) / (high - low).clamp(min=1e-8)


def pad(image: Tensor, frame: ModelFrame) -> Tensor:
    """Zeros to the right of and below ``(3, h, w)``: ``(3, S, S)``."""
    height, width = frame.resized_hw
    return torch.nn.functional.pad(image, (0, frame.input_size - width, 0, frame.input_size - height))
