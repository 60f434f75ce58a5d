"""Feature maps of several sizes and one width, out of an image encoder's levels.

After the simple pyramid of ViTDet (Li et al. 2022, "Exploring Plain Vision Transformer Backbones for Object
Detection"), whose layers are here laid over four levels instead of the last alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import Tensor, nn

from ultrasam.errors import InputError
from ultrasam.modeling.layers import LayerNorm2d

#: What detectors and Mask2Former's decoder expect.
PYRAMID_STRIDES = (4, 8, 16, 32)


class Pyramid(nn.Module):
    """Brings each level to the stride that its place has: by deconvolutions, as it is, or by max-pooling."""

    def __init__(
        self,
        channels: Sequence[int],
        strides: Sequence[int],
        width: int,
        targets: Sequence[int] = PYRAMID_STRIDES,
    ) -> None:
        """Lay a pyramid over levels.

        Args:
            channels: of each level.
            strides: of each level, in pixels of the model's frame.
            width: channels of all results.
            targets: strides of the results.
        """
        super().__init__()
        self.strides = tuple(targets)
        self.scales = nn.ModuleList(
            _rescaled(count, stride, target, width)
            for count, stride, target in zip(channels, strides, targets, strict=True)
        )

    def forward(self, levels: Sequence[Tensor]) -> list[Tensor]:
        """Map the levels ``(B, channels[i], S/strides[i], S/strides[i])`` to ``(B, width, S/targets[i], …)``."""
        return [scale(level) for scale, level in zip(self.scales, levels, strict=True)]


def _rescaled(channels: int, stride: int, target: int, width: int) -> nn.Sequential:
    """The layers from one stride to another that is a power of two away."""
    doublings = math.log2(stride / target)
    if doublings != int(doublings) or not -1 <= doublings <= 2:
        raise InputError(f"Expected a level of stride {target}, its half, double or fourfold, but got {stride}.")
    layers: list[nn.Module] = []
    for step in range(int(doublings)):
        layers += [LayerNorm2d(channels), nn.GELU()] if step else []
        layers.append(nn.ConvTranspose2d(channels, channels // 2, kernel_size=2, stride=2))
        channels //= 2
    if doublings < 0:
        layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
    return nn.Sequential(*layers, nn.Conv2d(channels, width, kernel_size=1, bias=False), LayerNorm2d(width))
