"""Which network a state dict belongs to, read from its keys and shapes."""

from __future__ import annotations

import math
from collections.abc import Mapping

from torch import Tensor

from ultrasam.errors import WeightsError
from ultrasam.modeling.config import SamConfig, TinyViTConfig, ViTConfig

_VIT_STEM = "image_encoder.patch_embed.proj.weight"
_TINY_VIT_STEM = "image_encoder.patch_embed.seq.0.c.weight"
_ADAPTER = ".attention_adapter.down.weight"


def infer_config(state_dict: Mapping[str, Tensor]) -> SamConfig:
    """The network that a state dict with segment-anything's or MobileSAM's keys belongs to.

    What no shape tells (how the token MLP's residual is added, the unused numbers of TinyViT's convolution
    stage) has its default.

    Raises:
        WeightsError: there is no image encoder of a known kind, or a key that tells a size is missing.
    """
    encoder: ViTConfig | TinyViTConfig
    if _VIT_STEM in state_dict:
        encoder = _vit(state_dict)
    elif _TINY_VIT_STEM in state_dict:
        encoder = _tiny_vit(state_dict)
    else:
        raise WeightsError(
            f"Expected an image encoder (a plain ViT with {_VIT_STEM} or a TinyViT with {_TINY_VIT_STEM}), "
            "but the state dict has neither."
        )
    adapter = next((key for key in state_dict if key.endswith(_ADAPTER)), None)
    return SamConfig(
        encoder=encoder,
        embed_dim=_shape(state_dict, "prompt_encoder.no_mask_embed.weight", 2)[1],
        adapter_dim=0 if adapter is None else _shape(state_dict, adapter, 2)[0],
    )


def _vit(state_dict: Mapping[str, Tensor]) -> ViTConfig:
    embed_dim, _, patch_size, _ = _shape(state_dict, _VIT_STEM, 4)
    _, grid, _, _ = _shape(state_dict, "image_encoder.pos_embed", 4)
    depth = _count(state_dict, "image_encoder.blocks.")
    # A relative-position table has 2 n - 1 rows for attention over n x n tokens: a window or the whole grid.
    tables = [_shape(state_dict, f"image_encoder.blocks.{block}.attn.rel_pos_h", 2) for block in range(depth)]
    spans = [(rows + 1) // 2 for rows, _ in tables]
    windows = {span for span in spans if span != grid}
    if len(windows) > 1:
        raise WeightsError(f"Expected one window size in all windowed blocks of the ViT, but got {sorted(windows)}.")
    return ViTConfig(
        embed_dim=embed_dim,
        depth=depth,
        num_heads=embed_dim // tables[0][1],
        global_attn_indexes=tuple(block for block, span in enumerate(spans) if span == grid),
        window_size=windows.pop() if windows else ViTConfig.window_size,
        mlp_ratio=_shape(state_dict, "image_encoder.blocks.0.mlp.lin1.weight", 2)[0] / embed_dim,
        patch_size=patch_size,
        out_chans=_shape(state_dict, "image_encoder.neck.0.weight", 4)[0],
        pretrain_size=grid * patch_size,
    )


def _tiny_vit(state_dict: Mapping[str, Tensor]) -> TinyViTConfig:
    stages = range(1, _count(state_dict, "image_encoder.layers."))
    depths = tuple(_count(state_dict, f"image_encoder.layers.{stage}.blocks.") for stage in (0, *stages))
    first = "image_encoder.layers.0.blocks.0"
    attention = [
        _shape(state_dict, f"image_encoder.layers.{stage}.blocks.0.attn.attention_biases", 2) for stage in stages
    ]
    stem_dim = _shape(state_dict, "image_encoder.patch_embed.seq.2.c.weight", 4)[0]
    stage_dims = [
        _shape(state_dict, f"image_encoder.layers.{stage}.blocks.0.attn.qkv.weight", 2)[1] for stage in stages
    ]
    fc1 = _shape(state_dict, "image_encoder.layers.1.blocks.0.mlp.fc1.weight", 2)
    return TinyViTConfig(
        embed_dims=(stem_dim, *stage_dims),
        depths=depths,
        num_heads=(TinyViTConfig.num_heads[0], *(heads for heads, _ in attention)),
        # One bias for each distance (|dx|, |dy|) inside a window.
        window_sizes=(TinyViTConfig.window_sizes[0], *(math.isqrt(distances) for _, distances in attention)),
        mlp_ratio=fc1[0] / fc1[1],
        mbconv_expand_ratio=_shape(state_dict, f"{first}.conv1.c.weight", 4)[0] / stem_dim,
        local_conv_size=_shape(state_dict, "image_encoder.layers.1.blocks.0.local_conv.c.weight", 4)[-1],
        out_chans=_shape(state_dict, "image_encoder.neck.0.weight", 4)[0],
    )


def _shape(state_dict: Mapping[str, Tensor], key: str, dimensions: int) -> tuple[int, ...]:
    if key not in state_dict:
        raise WeightsError(f"Expected {key} in the state dict, but it is missing.")
    shape = tuple(state_dict[key].shape)
    if len(shape) != dimensions or 0 in shape:
        raise WeightsError(f"Expected {key} with {dimensions} dimensions, but its shape is {shape}.")
    return shape


def _count(state_dict: Mapping[str, Tensor], prefix: str) -> int:
    numbers = {key[len(prefix) :].partition(".")[0] for key in state_dict if key.startswith(prefix)}
    if not numbers or numbers != {str(number) for number in range(len(numbers))}:
        raise WeightsError(f"Expected keys {prefix}0, {prefix}1, … without gaps, but got numbers {sorted(numbers)}.")
    return len(numbers)
