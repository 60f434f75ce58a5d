"""Low-rank updates: a frozen linear layer learns by the product of two narrow matrices.

After Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models". After training the product is added to the
layer's weight, and the network is again the one that it was, in its keys, its size and its speed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ultrasam.errors import InputError
from ultrasam.modeling import tiny_vit, vit

if TYPE_CHECKING:
    from ultrasam.modeling.sam import Sam

#: The linear layers of an image encoder's attention: queries, keys and values in one, and the output's.
LoraTarget: TypeAlias = Literal["qkv", "proj"]


class LoraLinear(nn.Linear):
    """A linear layer whose weight W is frozen and acts as W + alpha / rank · B A; it starts as W.

    ``weight`` and ``bias`` are those of the layer that it stands for, so that their keys stay.

    Attributes:
        lora_a: ``(rank, in_features)``, random at first.
        lora_b: ``(out_features, rank)``, zero at first.
        scale: alpha / rank.
    """

    def __init__(self, base: nn.Linear, rank: int, alpha: float, generator: torch.Generator | None = None) -> None:
        # Without memory of its own: both parameters are the base's.
        super().__init__(base.in_features, base.out_features, base.bias is not None, device="meta")
        self.weight, self.bias = base.weight, base.bias
        self.requires_grad_(False)
        self.scale = alpha / rank
        lora_a = torch.empty(rank, base.in_features)
        nn.init.kaiming_uniform_(lora_a, a=math.sqrt(5), generator=generator)
        self.lora_a = nn.Parameter(lora_a.to(base.weight))
        self.lora_b = nn.Parameter(base.weight.new_zeros(base.out_features, rank))

    def forward(self, input: Tensor) -> Tensor:
        """Map ``(..., in_features)`` to ``(..., out_features)``."""
        update = F.linear(F.linear(input, self.lora_a), self.lora_b)
        return F.linear(input, self.weight, self.bias) + self.scale * update

    @torch.no_grad()
    def merged(self) -> nn.Linear:
        """A plain layer that computes the same, with memory of its own."""
        weight = self.weight + self.scale * (self.lora_b @ self.lora_a)
        plain = nn.Linear(self.in_features, self.out_features, self.bias is not None, device="meta")
        plain.weight = nn.Parameter(weight)
        if self.bias is not None:
            plain.bias = nn.Parameter(self.bias.clone())
        return plain.train(self.training)


def add_lora(
    sam: Sam,
    rank: int,
    *,
    alpha: float | None = None,
    targets: tuple[LoraTarget, ...] = ("qkv",),
    generator: torch.Generator | None = None,
) -> None:
    """Give the image encoder's attention low-rank updates, in place; nothing else is frozen or freed.

    The network computes what it did before, until the updates are trained.

    Args:
        sam: a network without low-rank updates.
        rank: of the updates. UltraSam (Meyer et al. 2025) compares itself with SAM trained at rank 16 on ``qkv``.
        alpha: an update counts alpha / rank times; equal to the rank by default.
        targets: which linear layers of the attention.
        generator: where the first weights are drawn from, on the CPU; PyTorch's own by default.

    Raises:
        InputError: the rank is not positive, or there are such updates already.
    """
    if rank < 1:
        raise InputError(f"Expected low-rank updates with a rank of at least 1, but got {rank}.")
    if any(isinstance(module, LoraLinear) for module in sam.modules()):
        raise InputError("Expected a network without low-rank updates, but it has some: merge them first.")
    for module in list(sam.image_encoder.modules()):
        if isinstance(module, vit.Attention | tiny_vit.Attention):
            for target in targets:
                base = module.get_submodule(target)
                if not isinstance(base, nn.Linear):
                    raise InputError(f"Expected a linear layer {target} in the attention, but got {type(base)}.")
                setattr(module, target, LoraLinear(base, rank, rank if alpha is None else alpha, generator))


def merge_lora(network: nn.Module) -> None:
    """Fold all low-rank updates within a network into plain layers, in place: keys are as before the updates."""
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, LoraLinear):
                setattr(parent, name, child.merged())
