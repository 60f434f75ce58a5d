"""The head for dense classes: a light decoder that gives every pixel the background or one class.

After the semantic branch of Panoptic FPN (Kirillov et al. 2019): each level is convolved at its own size, enlarged
and added up.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from ultrasam.modeling.heads.pyramid import Pyramid
from ultrasam.modeling.layers import LayerNorm2d

#: The last level keeps its size, as it is enlarged again at once.
STRIDES = (4, 8, 16, 16)


class SemanticHead(nn.Module):
    """Levels to logits at a quarter of the input's size."""

    def __init__(self, channels: Sequence[int], strides: Sequence[int], classes: int, *, width: int = 128) -> None:
        super().__init__()
        self.pyramid = Pyramid(channels, strides, width, STRIDES)
        self.convolutions = nn.ModuleList(_convolution(width) for _ in STRIDES)
        self.fusion = _convolution(width)
        self.classifier = nn.Conv2d(width, 1 + classes, kernel_size=1)
        nn.init.trunc_normal_(self.classifier.weight, std=0.02)
        if self.classifier.bias is not None:
            nn.init.zeros_(self.classifier.bias)

    def forward(self, levels: Sequence[Tensor]) -> Tensor:
        """Logits ``(B, 1 + classes, S/4, S/4)``, the background first, from an encoder's four levels."""
        maps = [convolve(level) for convolve, level in zip(self.convolutions, self.pyramid(levels), strict=True)]
        # Levels of one size are added before they are enlarged.
        summed = maps[-1]
        for finer in reversed(maps[:-1]):
            if finer.shape != summed.shape:
                summed = F.interpolate(summed, finer.shape[-2:], mode="bilinear", align_corners=False)
            summed = summed + finer
        logits: Tensor = self.classifier(self.fusion(summed))
        return logits


def _convolution(width: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(width, width, 3, padding=1, bias=False), LayerNorm2d(width), nn.GELU())
