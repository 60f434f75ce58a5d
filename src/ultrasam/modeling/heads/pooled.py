"""The head for whole images: the embedding becomes one vector, and a linear layer reads classes or values off it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ultrasam.modeling.heads.config import Pooling
from ultrasam.modeling.two_way_transformer import Attention


class PooledHead(nn.Module):
    """Pools an image embedding over the cells that the image fills: the padding beside it says nothing of a class."""

    def __init__(self, dim: int, outputs: int, *, pooling: Pooling = "average", dropout: float = 0.0) -> None:
        super().__init__()
        self.pool = AttentionPooling(dim) if pooling == "attention" else AveragePooling()
        self.norm = nn.LayerNorm(dim)
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(dim, outputs)
        nn.init.trunc_normal_(self.linear.weight, std=0.02)
        nn.init.zeros_(self.linear.bias)

    def forward(self, embedding: Tensor, inside: Tensor | None = None) -> Tensor:
        """Logits or values ``(B, outputs)``.

        Args:
            embedding: ``(B, C, h, w)``.
            inside: ``(B, 1, h, w)`` bool, the cells that the image fills, at least one of each; None: all.
        """
        tokens = embedding.flatten(2).transpose(1, 2)
        cells = None if inside is None else inside.flatten(1)
        output: Tensor = self.linear(self.dropout(self.norm(self.pool(tokens, cells))))
        return output


class AveragePooling(nn.Module):
    """The mean over an image's cells."""

    def forward(self, tokens: Tensor, cells: Tensor | None) -> Tensor:
        """Map ``(B, L, C)`` to ``(B, C)``; ``cells`` ``(B, L)`` bool says which count, None all."""
        if cells is None:
            return tokens.mean(dim=1)
        shares = cells.to(tokens.dtype) / cells.sum(dim=1, keepdim=True).clamp(min=1).to(tokens.dtype)
        return (shares[:, None] @ tokens)[:, 0]


class AttentionPooling(nn.Module):
    """A query that is learnt looks at the cells (Lee et al. 2019, "Set Transformer")."""

    def __init__(self, dim: int, num_heads: int = 8) -> None:
        super().__init__()
        self.query = nn.Parameter(torch.empty(1, 1, dim))
        self.norm = nn.LayerNorm(dim)
        self.attention = Attention(dim, num_heads)
        nn.init.trunc_normal_(self.query, std=0.02)

    def forward(self, tokens: Tensor, cells: Tensor | None) -> Tensor:
        """Map ``(B, L, C)`` to ``(B, C)``; ``cells`` ``(B, L)`` bool says which count, None all."""
        mask = None if cells is None else cells[:, None, None, :]
        normalised = self.norm(tokens)
        pooled: Tensor = self.attention(self.query, normalised, normalised, mask)
        return pooled[:, 0]
