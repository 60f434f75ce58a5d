"""SAM's mask decoder: image embedding and prompt embeddings to masks and their expected quality.

After segment-anything (Apache-2.0, Meta; Kirillov et al. 2023, "Segment Anything"); it names the parameters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ultrasam.modeling.layers import MLP, LayerNorm2d, runs_in_pieces
from ultrasam.modeling.two_way_transformer import TwoWayTransformer

#: Image tokens of an object that a CPU upscales at a time: their features take 2 MB, those of 4,096 tokens 8 MB.
TOKENS_AT_ONCE = 1024


@dataclass(frozen=True, eq=False)
class MaskPrediction:
    """Four masks for each of N objects, in the network's precision: the single-mask output, then three others.

    segment-anything's ``multimask_output=False`` is ``[:, :1]``, True is ``[:, 1:]``.

    Attributes:
        logits: ``(N, 4, S/4, S/4)`` low-resolution logits, positive inside the object.
        iou: ``(N, 4)`` IoU that the network expects each mask to have with the object.
    """

    logits: Tensor
    iou: Tensor


class MaskDecoder(nn.Module):
    """Predicts masks by a product of per-mask weights, read off tokens, with the upscaled image embedding."""

    def __init__(self, dim: int, *, num_masks: int = 4, doubled_residual: bool = False) -> None:
        super().__init__()
        self.transformer = TwoWayTransformer(dim, doubled_residual=doubled_residual)
        self.iou_token = nn.Embedding(1, dim)
        self.mask_tokens = nn.Embedding(num_masks, dim)
        self.output_upscaling = nn.Sequential(
            nn.ConvTranspose2d(dim, dim // 4, kernel_size=2, stride=2),
            LayerNorm2d(dim // 4),
            nn.GELU(),
            nn.ConvTranspose2d(dim // 4, dim // 8, kernel_size=2, stride=2),
            nn.GELU(),
        )
        self.output_hypernetworks_mlps = nn.ModuleList(MLP(dim, dim, dim // 8, 3) for _ in range(num_masks))
        self.iou_prediction_head = MLP(dim, 256, num_masks, 3)

    def forward(
        self, image: Tensor, image_positions: Tensor, sparse: Tensor, sparse_mask: Tensor | None
    ) -> MaskPrediction:
        """Predict the masks of N objects; the arguments are those of :meth:`with_tokens`."""
        return self.with_tokens(image, image_positions, sparse, sparse_mask)[0]

    def with_tokens(
        self, image: Tensor, image_positions: Tensor, sparse: Tensor, sparse_mask: Tensor | None
    ) -> tuple[MaskPrediction, Tensor]:
        """Predict the masks of N objects, and give the tokens that they were read off.

        Args:
            image: ``(N, C, h, w)`` image embedding plus dense prompt embedding, or ``(1, C, h, w)`` where all
                objects share it.
            image_positions: ``(1, h * w, C)`` position encoding of the image embedding.
            sparse: ``(N, K, C)`` sparse prompt embeddings.
            sparse_mask: ``(N, K)`` bool, False in padding slots; None: there is no padding.

        Returns:
            The masks, and the output tokens ``(N, 1 + 4, C)`` after the transformer: IoU's, then the masks'.
        """
        count = sparse.shape[0]
        output_tokens = torch.cat([self.iou_token.weight, self.mask_tokens.weight])
        tokens = torch.cat([output_tokens.expand(count, -1, -1), sparse], dim=1)
        token_mask = None
        if sparse_mask is not None:
            always = sparse_mask.new_ones(count, len(output_tokens))
            token_mask = torch.cat([always, sparse_mask], dim=1)

        image_tokens = image.flatten(2).transpose(1, 2).contiguous()
        tokens, image_tokens = self.transformer(image_tokens, image_positions, tokens, token_mask)
        tokens = tokens[:, : len(output_tokens)]
        mask_tokens = tokens[:, 1:].unbind(1)
        weights = torch.stack(
            [mlp(token) for mlp, token in zip(self.output_hypernetworks_mlps, mask_tokens, strict=True)],
            dim=1,
        )
        features = self._upscaled(image_tokens)
        logits = torch.cat([weights @ piece.mT for piece in features], dim=2)
        logits = _as_pixels(logits, image.shape[-2:])
        return MaskPrediction(logits=logits, iou=self.iou_prediction_head(tokens[:, 0])), tokens

    def _upscaled(self, image_tokens: Tensor) -> Iterator[Tensor]:
        """Features of every low-resolution pixel, in the order that :func:`_as_pixels` undoes.

        The layers of :attr:`output_upscaling` without bringing their results to rows and columns: a transposed
        convolution whose stride is its kernel's size is a matrix product per token, and all else is per pixel.

        Args:
            image_tokens: ``(N, h * w, C)``.

        Yields:
            ``(N, l * 16, C / 8)`` for l tokens after the other: of each its four pixels, of each of these its four.
        """
        first, norm, activation, second, last_activation = self.output_upscaling
        first_weights, second_weights = _as_product(first), _as_product(second)
        at_once = TOKENS_AT_ONCE if runs_in_pieces(image_tokens) else image_tokens.shape[1]
        for tokens in image_tokens.split(at_once, dim=1):
            features = F.linear(tokens, *first_weights).unflatten(-1, (4, -1))
            features = activation(nn.LayerNorm.forward(norm, features))
            features = last_activation(F.linear(features, *second_weights))
            yield features.unflatten(-1, (4, -1)).flatten(1, -2)


def _as_product(layer: nn.ConvTranspose2d) -> tuple[Tensor, Tensor]:
    """A transposed convolution with kernel 2 and stride 2 to D channels, as a linear layer to 4 * D.

    Returns:
        weight and bias; the upper two pixels' channels come first.
    """
    if layer.bias is None:
        raise TypeError("Expected a transposed convolution with a bias.")
    return layer.weight.permute(2, 3, 1, 0).flatten(0, 2), layer.bias.repeat(4)


def _as_pixels(values: Tensor, size_hw: tuple[int, int]) -> Tensor:
    """``(N, M, h * w * 16)``, for each token four pixels and for each of these four, as ``(N, M, 4h, 4w)``."""
    height, width = size_hw
    grid = values.unflatten(2, (height, width, 2, 2, 2, 2)).permute(0, 1, 2, 4, 6, 3, 5, 7)
    return grid.reshape(*values.shape[:2], 4 * height, 4 * width)
