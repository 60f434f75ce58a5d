"""Adapters: small bottlenecks inside a frozen image encoder's blocks, which alone are trained.

After Wu et al. 2023, "Medical SAM Adapter", for the image encoder: in every attention block one adapter behind the
attention and one beside the perceptron. Unlike a low-rank update, an adapter is not linear and cannot be folded into
the weights that it adapts: it stays part of the network, and ``SamConfig.adapter_dim`` says that it is there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ultrasam.errors import InputError

if TYPE_CHECKING:
    from ultrasam.modeling.sam import Sam

#: How much of the adapter beside the perceptron is added, as in Medical SAM Adapter.
MLP_ADAPTER_SCALE = 0.5


class Adapter(nn.Module):
    """Narrow, GELU, widen; the block adds the result to what it adapts. It starts as zero."""

    def __init__(
        self, token_dim: int, adapter_dim: int, *, scale: float = 1.0, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        self.down = nn.Linear(token_dim, adapter_dim)
        self.up = nn.Linear(adapter_dim, token_dim)
        self.scale = scale
        nn.init.kaiming_uniform_(self.down.weight, nonlinearity="relu", generator=generator)
        nn.init.zeros_(self.down.bias)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, tokens: Tensor) -> Tensor:
        """What is added for ``(..., token_dim)``, of the same shape."""
        update: Tensor = self.scale * self.up(F.gelu(self.down(tokens)))
        return update


class AdaptableBlock(nn.Module):
    """An attention block with room for adapters; while it has none, neither its result nor its keys differ.

    Attributes:
        attention_adapter: adapts the attention's result, before the block's input is added to it.
        mlp_adapter: stands beside the perceptron, on the same normalised tokens.
    """

    attention_adapter: Adapter | None
    mlp_adapter: Adapter | None

    def __init__(self, token_dim: int) -> None:
        super().__init__()
        self.token_dim = token_dim
        self.attention_adapter = None
        self.mlp_adapter = None

    def adapt(self, adapter_dim: int, generator: torch.Generator | None = None) -> None:
        """Put new adapters into the block, on the device and in the precision of its weights."""
        weight = next(self.parameters())
        attention = Adapter(self.token_dim, adapter_dim, generator=generator)
        mlp = Adapter(self.token_dim, adapter_dim, scale=MLP_ADAPTER_SCALE, generator=generator)
        self.attention_adapter = attention.to(weight.device, weight.dtype)
        self.mlp_adapter = mlp.to(weight.device, weight.dtype)


def add_adapters(sam: Sam, adapter_dim: int, generator: torch.Generator | None = None) -> None:
    """Put adapters into every attention block of the image encoder, in place, and note it in ``sam.config``.

    The network computes what it did before, until the adapters are trained.

    Args:
        sam: a network without adapters.
        adapter_dim: width of the bottlenecks, the same in all blocks.
        generator: where the first weights are drawn from, on the CPU; PyTorch's own by default.

    Raises:
        InputError: the network has adapters already, or the width is not positive.
    """
    if sam.config.adapter_dim:
        raise InputError(
            f"Expected a network without adapters, but got one with adapter_dim = {sam.config.adapter_dim}: "
            "go on with those."
        )
    adapt_blocks(sam.image_encoder, adapter_dim, generator)
    sam.config = replace(sam.config, adapter_dim=adapter_dim)


def adapt_blocks(encoder: nn.Module, adapter_dim: int, generator: torch.Generator | None = None) -> None:
    """Put adapters into every attention block of an image encoder, in place.

    Raises:
        InputError: the width is not positive.
    """
    if adapter_dim < 1:
        raise InputError(f"Expected adapters with an adapter_dim of at least 1, but got {adapter_dim}.")
    for block in [module for module in encoder.modules() if isinstance(module, AdaptableBlock)]:
        block.adapt(adapter_dim, generator)
