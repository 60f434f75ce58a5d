"""SAM's prompt encoder: points, box corners and masks to embeddings.

After segment-anything (Apache-2.0, Meta; Kirillov et al. 2023, "Segment Anything"); it names the parameters.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ultrasam.modeling.layers import AtLeastFloat32, LayerNorm2d
from ultrasam.modeling.prompts import PromptLabel, PromptTokens


class PromptEncoder(nn.Module):
    """Prompts to sparse embeddings, one per token slot, and a dense one, laid over the image embedding."""

    def __init__(self, embed_dim: int, mask_channels: int = 16) -> None:
        super().__init__()
        self.pe_layer = RandomPositionEncoding(embed_dim)
        #: Negative point, positive point, left upper and right lower corner of a box.
        self.point_embeddings = nn.ModuleList(nn.Embedding(1, embed_dim) for _ in range(4))
        self.not_a_point_embed = nn.Embedding(1, embed_dim)
        self.mask_downscaling = nn.Sequential(
            nn.Conv2d(1, mask_channels // 4, kernel_size=2, stride=2),
            LayerNorm2d(mask_channels // 4),
            nn.GELU(),
            nn.Conv2d(mask_channels // 4, mask_channels, kernel_size=2, stride=2),
            LayerNorm2d(mask_channels),
            nn.GELU(),
            nn.Conv2d(mask_channels, embed_dim, kernel_size=1),
        )
        self.no_mask_embed = nn.Embedding(1, embed_dim)
        #: What was computed last, of which matrix and for what.
        self._known_positions: tuple[Tensor, object, Tensor] | None = None

    def forward(self, prompts: PromptTokens, image_size: int) -> tuple[Tensor, Tensor]:
        """Encode the prompts of N objects in images of ``image_size`` pixels, the model's frame.

        Returns:
            The sparse embeddings ``(N, K, C)``, zero in padding slots, and the dense ones, which broadcast to
            ``(N, C, S/16, S/16)``: ``(1, C, 1, 1)`` where no object has a mask.
        """
        return self._encode_tokens(prompts, image_size), self._encode_masks(prompts)

    def image_positions(self, grid_size: int) -> Tensor:
        """Position encoding ``(1, grid_size ** 2, C)`` of the tokens of an image embedding, row by row.

        Kept from one prompt to the next, for the last size: computing it takes as long as an attention.
        """
        matrix = self.pe_layer.positional_encoding_gaussian_matrix
        # Tensors that were made in inference mode do not tell whether they were written to.
        if torch.is_grad_enabled() or torch.compiler.is_compiling() or matrix.is_inference():
            return self._image_positions(grid_size)
        # The matrix itself is compared, as memory that it gave back may be another's.
        wanted = (grid_size, self.no_mask_embed.weight.dtype, matrix.data_ptr(), matrix._version)
        known = self._known_positions
        if known is None or known[0] is not matrix or known[1] != wanted:
            known = self._known_positions = (matrix, wanted, self._image_positions(grid_size))
        return known[2]

    def _image_positions(self, grid_size: int) -> Tensor:
        axis = (torch.arange(grid_size, device=self.no_mask_embed.weight.device) + 0.5) / grid_size
        y, x = torch.meshgrid(axis, axis, indexing="ij")
        encoding: Tensor = self.pe_layer(torch.stack([x, y], dim=-1).flatten(0, 1))
        return encoding[None].to(self.no_mask_embed.weight.dtype)

    def _encode_tokens(self, prompts: PromptTokens, image_size: int) -> Tensor:
        labels = prompts.labels
        # Coordinates name the left upper corner of a pixel; its centre is encoded.
        position = self.pe_layer((prompts.points_xy.float() + 0.5) / image_size)
        kinds = torch.cat(
            [
                torch.zeros_like(self.not_a_point_embed.weight),
                self.not_a_point_embed.weight,
                *[embedding.get_parameter("weight") for embedding in self.point_embeddings],
            ]
        )
        position = torch.where((labels >= PromptLabel.NEGATIVE_POINT.value)[..., None], position, 0.0)
        return position.to(kinds.dtype) + kinds[labels - PromptLabel.PADDING.value]

    def _encode_masks(self, prompts: PromptTokens) -> Tensor:
        no_mask = self.no_mask_embed.weight[:, :, None, None]
        if prompts.mask_logits is None:
            return no_mask
        dense: Tensor = self.mask_downscaling(prompts.mask_logits.to(no_mask.dtype))
        if prompts.has_mask is None:
            return dense
        return torch.where(prompts.has_mask[:, None, None, None], dense, no_mask)


class RandomPositionEncoding(AtLeastFloat32):
    """Sines and cosines of random spatial frequencies (Tancik et al. 2020, "Fourier Features").

    Frequencies rounded to 16 bits would put a point pixels away.
    """

    positional_encoding_gaussian_matrix: Tensor

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.register_buffer("positional_encoding_gaussian_matrix", torch.randn(2, dim // 2))

    def forward(self, positions_xy: Tensor) -> Tensor:
        """Encode ``(..., 2)`` float32 positions, 0 to 1 across the image, as ``(..., dim)`` float32."""
        frequency_x, frequency_y = self.positional_encoding_gaussian_matrix.float()
        x, y = (2 * positions_xy - 1)[..., None].unbind(-2)
        # Written out, as autocast would run a matrix product in half precision.
        phase = 2 * math.pi * (x * frequency_x + y * frequency_y)
        return torch.cat([phase.sin(), phase.cos()], dim=-1)
