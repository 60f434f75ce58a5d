"""The official UltraSam checkpoint (Meyer et al. 2025), written by mmengine, with segment-anything's keys.

Its decoder keeps attention as PyTorch's ``MultiheadAttention`` does (one bias for query, key and value), and
its prompt encoder keeps every learned token in one table. The values are the same, only ordered otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ultrasam.errors import WeightsError
from ultrasam.weights.key_map import KeyMap

_TOKEN_TABLE = "prompt_encoder.label_encoder.label_embedding.weight"
#: Row of the token table for each of segment-anything's embeddings, ``(first row, number of rows)``.
_TOKEN_ROWS = {
    "prompt_encoder.no_mask_embed.weight": (0, 1),
    "prompt_encoder.point_embeddings.0.weight": (1, 1),
    "prompt_encoder.point_embeddings.1.weight": (2, 1),
    "prompt_encoder.point_embeddings.2.weight": (3, 1),
    "prompt_encoder.point_embeddings.3.weight": (4, 1),
    "prompt_encoder.not_a_point_embed.weight": (5, 1),
    "mask_decoder.mask_tokens.weight": (6, 4),
    "mask_decoder.iou_token.weight": (10, 1),
}

_ATTENTIONS = (
    "layers.{}.self_attn",
    "layers.{}.cross_attn_token_to_image",
    "layers.{}.cross_attn_image_to_token",
    "final_attn_token_to_image",
)
_OFFICIAL_KEYS = KeyMap(
    ("backbone.pos_embed", "image_encoder.pos_embed"),
    ("backbone.patch_embed.projection", "image_encoder.patch_embed.proj"),
    ("backbone.layers.{}.ln{}", "image_encoder.blocks.{}.norm{}"),
    ("backbone.layers.{}.ffn.layers.0.0", "image_encoder.blocks.{}.mlp.lin1"),
    ("backbone.layers.{}.ffn.layers.1", "image_encoder.blocks.{}.mlp.lin2"),
    ("backbone.layers.{}.attn", "image_encoder.blocks.{}.attn"),
    ("backbone.channel_reduction", "image_encoder.neck"),
    *(
        (f"decoder.{attention}.attn.{theirs}", f"mask_decoder.transformer.{attention}.{ours}")
        for attention in _ATTENTIONS
        for theirs, ours in (
            ("q_proj_weight", "q_proj.weight"),
            ("k_proj_weight", "k_proj.weight"),
            ("v_proj_weight", "v_proj.weight"),
            ("out_proj", "out_proj"),
            ("in_proj_bias", "in_proj_bias"),
        )
    ),
    ("decoder.layers.{}.mlp.layers.0.0", "mask_decoder.transformer.layers.{}.mlp.lin1"),
    ("decoder.layers.{}.mlp.layers.1", "mask_decoder.transformer.layers.{}.mlp.lin2"),
    ("decoder.layers.{}.norm{}", "mask_decoder.transformer.layers.{}.norm{}"),
    ("decoder.post_norm", "mask_decoder.transformer.norm_final_attn"),
    ("bbox_head.output_upscaling", "mask_decoder.output_upscaling"),
    ("bbox_head.output_hypernetworks_mlps", "mask_decoder.output_hypernetworks_mlps"),
    ("bbox_head.iou_prediction_head", "mask_decoder.iou_prediction_head"),
    ("prompt_encoder.pe_layer", "prompt_encoder.pe_layer"),
    ("prompt_encoder.mask_downscaling", "prompt_encoder.mask_downscaling"),
)


def from_official_ultrasam(state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Give an official UltraSam state dict segment-anything's keys.

    A checkpoint that was trained without mask refinement has no ``prompt_encoder.mask_downscaling``; those
    ten tensors are then zeros, which :attr:`~ultrasam.weights.Checkpoint.takes_mask_prompts` tells.

    Raises:
        WeightsError: a key is unknown or a needed one is missing.
    """
    tensors = dict(state_dict)
    try:
        table = tensors.pop(_TOKEN_TABLE)
    except KeyError as error:
        raise WeightsError(f"Expected {_TOKEN_TABLE} in an official UltraSam checkpoint, but it is missing.") from error
    if table.ndim != 2 or len(table) != 11:
        raise WeightsError(f"Expected {_TOKEN_TABLE} with 11 rows, but its shape is {tuple(table.shape)}.")
    mapped = {key: table[first : first + count].clone() for key, (first, count) in _TOKEN_ROWS.items()}
    for old, new in _OFFICIAL_KEYS.rename_all(tensors).items():
        attention, is_bias, _ = new.partition(".in_proj_bias")
        if is_bias:
            for projection, bias in zip("qkv", tensors[old].chunk(3), strict=True):
                mapped[f"{attention}.{projection}_proj.bias"] = bias.clone()
        else:
            mapped[new] = tensors[old]
    for key, tensor in _no_mask_downscaling(embed_dim=table.shape[1]).items():
        mapped.setdefault(key, tensor)
    return mapped


def _no_mask_downscaling(embed_dim: int, mask_in_chans: int = 16) -> dict[str, Tensor]:
    quarter = mask_in_chans // 4
    shapes: dict[str, tuple[int, ...]] = {
        "0.weight": (quarter, 1, 2, 2),
        "0.bias": (quarter,),
        "1.weight": (quarter,),
        "1.bias": (quarter,),
        "3.weight": (mask_in_chans, quarter, 2, 2),
        "3.bias": (mask_in_chans,),
        "4.weight": (mask_in_chans,),
        "4.bias": (mask_in_chans,),
        "6.weight": (embed_dim, mask_in_chans, 1, 1),
        "6.bias": (embed_dim,),
    }
    return {f"prompt_encoder.mask_downscaling.{name}": torch.zeros(shape) for name, shape in shapes.items()}
