"""SAM's mask decoder: image embedding and prompt embeddings to masks and their expected quality.

After segment-anything (Apache-2.0, Meta; Kirillov et al. 2023, "Segment Anything"); it names the parameters.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ultrasam.modeling.layers import MLP
from ultrasam.modeling.two_way_transformer import TwoWayTransformer
from ultrasam.modeling.upscaling import Upscaling


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
        self.output_upscaling = Upscaling(dim)
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
        logits = self.output_upscaling.masks(image_tokens, weights, (image.shape[2], image.shape[3]))
        return MaskPrediction(logits=logits, iou=self.iou_prediction_head(tokens[:, 0])), tokens
