"""Hugging Face's spelling of SAM: the keys of ``transformers.SamModel``, both ways.

The names follow transformers' Apache-2.0 ``SamModel``; the tests compare with the installed one.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from ultrasam.errors import WeightsError
from ultrasam.weights.key_map import KeyMap

#: segment-anything's key beginnings, and those of ``SamModel``.
HUGGINGFACE_KEYS = KeyMap(
    (
        "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix",
        "shared_image_embedding.positional_embedding",
    ),
    ("image_encoder.patch_embed.proj", "vision_encoder.patch_embed.projection"),
    ("image_encoder.blocks.{}.norm{}", "vision_encoder.layers.{}.layer_norm{}"),
    ("image_encoder.blocks", "vision_encoder.layers"),
    ("image_encoder.neck.0", "vision_encoder.neck.conv1"),
    ("image_encoder.neck.1", "vision_encoder.neck.layer_norm1"),
    ("image_encoder.neck.2", "vision_encoder.neck.conv2"),
    ("image_encoder.neck.3", "vision_encoder.neck.layer_norm2"),
    ("image_encoder.pos_embed", "vision_encoder.pos_embed"),
    ("prompt_encoder.point_embeddings", "prompt_encoder.point_embed"),
    ("prompt_encoder.not_a_point_embed", "prompt_encoder.not_a_point_embed"),
    ("prompt_encoder.no_mask_embed", "prompt_encoder.no_mask_embed"),
    ("prompt_encoder.mask_downscaling.0", "prompt_encoder.mask_embed.conv1"),
    ("prompt_encoder.mask_downscaling.1", "prompt_encoder.mask_embed.layer_norm1"),
    ("prompt_encoder.mask_downscaling.3", "prompt_encoder.mask_embed.conv2"),
    ("prompt_encoder.mask_downscaling.4", "prompt_encoder.mask_embed.layer_norm2"),
    ("prompt_encoder.mask_downscaling.6", "prompt_encoder.mask_embed.conv3"),
    ("mask_decoder.iou_token", "mask_decoder.iou_token"),
    ("mask_decoder.mask_tokens", "mask_decoder.mask_tokens"),
    ("mask_decoder.transformer.layers.{}.norm{}", "mask_decoder.transformer.layers.{}.layer_norm{}"),
    ("mask_decoder.transformer.norm_final_attn", "mask_decoder.transformer.layer_norm_final_attn"),
    ("mask_decoder.transformer", "mask_decoder.transformer"),
    ("mask_decoder.output_upscaling.0", "mask_decoder.upscale_conv1"),
    ("mask_decoder.output_upscaling.1", "mask_decoder.upscale_layer_norm"),
    ("mask_decoder.output_upscaling.3", "mask_decoder.upscale_conv2"),
    (
        "mask_decoder.output_hypernetworks_mlps.{}.layers.0",
        "mask_decoder.output_hypernetworks_mlps.{}.proj_in",
    ),
    (
        "mask_decoder.output_hypernetworks_mlps.{}.layers.1",
        "mask_decoder.output_hypernetworks_mlps.{}.layers.0",
    ),
    (
        "mask_decoder.output_hypernetworks_mlps.{}.layers.2",
        "mask_decoder.output_hypernetworks_mlps.{}.proj_out",
    ),
    ("mask_decoder.iou_prediction_head.layers.0", "mask_decoder.iou_prediction_head.proj_in"),
    ("mask_decoder.iou_prediction_head.layers.1", "mask_decoder.iou_prediction_head.layers.0"),
    ("mask_decoder.iou_prediction_head.layers.2", "mask_decoder.iou_prediction_head.proj_out"),
)

_MATRIX = "shared_image_embedding.positional_embedding"
#: ``SamModel`` holds the positional matrix twice, tied; files may hold either or both.
_TIED_MATRIX = "prompt_encoder.shared_embedding.positional_embedding"


def from_huggingface(state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Give a ``SamModel`` state dict segment-anything's keys; the tensors are the same ones.

    Raises:
        WeightsError: a key is not one of ``SamModel``.
    """
    tensors = dict(state_dict)
    tied = tensors.pop(_TIED_MATRIX, None)
    if tied is not None:
        tensors.setdefault(_MATRIX, tied)
    renamed = HUGGINGFACE_KEYS.inverse().rename_all(tensors)
    return {renamed[key]: tensor for key, tensor in tensors.items()}


def to_huggingface(state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Give a segment-anything state dict (plain ViT encoder) the keys of ``SamModel``, tied copy included.

    Raises:
        WeightsError: the network has no counterpart there, as MobileSAM's TinyViT has none.
    """
    if "image_encoder.patch_embed.proj.weight" not in state_dict:
        raise WeightsError(
            "Expected a plain ViT image encoder, as Hugging Face's SamModel has no other, "
            "but got a state dict without image_encoder.patch_embed.proj.weight."
        )
    renamed = HUGGINGFACE_KEYS.rename_all(state_dict)
    tensors = {renamed[key]: tensor for key, tensor in state_dict.items()}
    tensors[_TIED_MATRIX] = tensors[_MATRIX].clone()
    return tensors
