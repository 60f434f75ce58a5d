"""What a network is: everything that must be known to build it before its weights are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class ViTConfig:
    """SAM's plain vision transformer (Kirillov et al. 2023; Li et al. 2022, ViTDet). Defaults are ViT-B."""

    embed_dim: int = 768
    depth: int = 12
    num_heads: int = 12
    global_attn_indexes: tuple[int, ...] = (2, 5, 8, 11)
    window_size: int = 14
    mlp_ratio: float = 4.0
    patch_size: int = 16
    out_chans: int = 256
    #: Input size at which ``pos_embed`` and the relative positions were trained; others interpolate them.
    pretrain_size: int = 1024


@dataclass(frozen=True)
class TinyViTConfig:
    """MobileSAM's TinyViT-5M (Wu et al. 2022; Zhang et al. 2023)."""

    embed_dims: tuple[int, ...] = (64, 128, 160, 320)
    depths: tuple[int, ...] = (2, 2, 6, 2)
    num_heads: tuple[int, ...] = (2, 4, 5, 10)
    window_sizes: tuple[int, ...] = (7, 7, 14, 7)
    mlp_ratio: float = 4.0
    mbconv_expand_ratio: float = 4.0
    local_conv_size: int = 3
    out_chans: int = 256


@dataclass(frozen=True)
class SamConfig:
    """A whole network: image encoder, prompt encoder, mask decoder."""

    encoder: ViTConfig | TinyViTConfig = field(default_factory=ViTConfig)
    embed_dim: int = 256
    #: ``"doubled"`` adds the queries twice around the token MLP, as the official UltraSam network does.
    token_mlp_residual: Literal["single", "doubled"] = "single"
    #: Width of the adapters in the image encoder's attention blocks (Wu et al. 2023); 0: there are none.
    adapter_dim: int = 0


VIT_B = ViTConfig()
VIT_L = ViTConfig(embed_dim=1024, depth=24, num_heads=16, global_attn_indexes=(5, 11, 17, 23))
VIT_H = ViTConfig(embed_dim=1280, depth=32, num_heads=16, global_attn_indexes=(7, 15, 23, 31))
TINY_VIT = TinyViTConfig()
