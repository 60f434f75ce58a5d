"""The head for one prompted object: its class, read off the tokens that its masks were read off.

After UltraSam's classification from a prompt (Meyer et al. 2025): the prompt's tokens and the image are decoded
together, then the class is predicted.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class PromptedHead(nn.Module):
    """A perceptron on the mask decoder's output tokens, which have seen the prompt and the image."""

    def __init__(self, dim: int, tokens: int, outputs: int, *, dropout: float = 0.0) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.hidden = nn.Linear(tokens * dim, dim)
        self.activation = nn.GELU()
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(dim, outputs)
        nn.init.trunc_normal_(self.linear.weight, std=0.02)
        nn.init.zeros_(self.linear.bias)

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits or values ``(N, outputs)`` of N objects, from their output tokens ``(N, T, C)``."""
        hidden = self.activation(self.hidden(torch.flatten(self.norm(tokens), 1)))
        output: Tensor = self.linear(self.dropout(hidden))
        return output
