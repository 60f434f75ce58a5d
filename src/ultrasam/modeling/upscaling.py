"""The mask decoder's upscaling: image tokens to the features of low-resolution pixels, sixteen to a token.

After segment-anything (Apache-2.0, Meta; Kirillov et al. 2023, "Segment Anything"); it names the parameters.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ultrasam.modeling.layers import LayerNorm2d, runs_in_pieces

#: Image tokens of an object that a CPU upscales at a time: their features take 2 MB, those of 4,096 tokens 8 MB.
TOKENS_AT_ONCE = 1024


class Upscaling(nn.Sequential):
    """Two transposed convolutions with kernel and stride 2, C channels to C / 8.

    As a module it maps ``(N, C, h, w)`` to ``(N, C / 8, 4h, 4w)``. :meth:`masks` gives what the mask decoder wants
    of that without ever bringing features to rows and columns: such a convolution is a matrix product per token, and
    all else is per pixel.
    """

    def __init__(self, dim: int) -> None:
        super().__init__(
            nn.ConvTranspose2d(dim, dim // 4, kernel_size=2, stride=2),
            LayerNorm2d(dim // 4),
            nn.GELU(),
            nn.ConvTranspose2d(dim // 4, dim // 8, kernel_size=2, stride=2),
            nn.GELU(),
        )
        self.width = dim // 4

    def masks(self, image_tokens: Tensor, weights: Tensor, size_hw: tuple[int, int]) -> Tensor:
        """Products of every pixel's features with the weights of M masks.

        Args:
            image_tokens: ``(N, h * w, C)``.
            weights: ``(N, M, C / 8)``.
            size_hw: ``(h, w)``.

        Returns:
            ``(N, M, 4h, 4w)``.
        """
        products = [weights @ features.mT for features in self._features(image_tokens)]
        height, width = size_hw
        # Of each token its four pixels, of each of these its four.
        grid = torch.cat(products, dim=2).view(*weights.shape[:2], height, width, 2, 2, 2, 2)
        return grid.permute(0, 1, 2, 4, 6, 3, 5, 7).reshape(*weights.shape[:2], 4 * height, 4 * width)

    def _features(self, image_tokens: Tensor) -> Iterator[Tensor]:
        """``(N, l * 16, C / 8)``, the features of l tokens after the other."""
        first, second = (_as_product(cast(nn.ConvTranspose2d, self[index])) for index in (0, 3))
        norm, activation = cast(LayerNorm2d, self[1]), self[2]
        at_once = TOKENS_AT_ONCE if runs_in_pieces(image_tokens, first[0]) else image_tokens.shape[1]
        for tokens in torch.split(image_tokens, at_once, dim=1):
            features = F.linear(tokens, *first).view(*tokens.shape[:2], 4, self.width)
            features = F.linear(activation(norm.over_last(features)), *second)
            yield activation(features).view(tokens.shape[0], tokens.shape[1] * 16, self.width // 2)


def _as_product(layer: nn.ConvTranspose2d) -> tuple[Tensor, Tensor | None]:
    """A transposed convolution with kernel 2 and stride 2 to D channels, as a linear layer to 4 * D.

    Returns:
        weight and bias; the upper two pixels' channels come first.
    """
    return layer.weight.permute(2, 3, 1, 0).flatten(0, 2), None if layer.bias is None else layer.bias.repeat(4)
