"""A ViT's trained position tables, interpolated once for another input size: other code wants them of its own size."""

from __future__ import annotations

from collections.abc import Mapping

import torch.nn.functional as F
from torch import Tensor

from ultrasam.modeling.config import ViTConfig

_POSITIONS = "image_encoder.pos_embed"


def at_input_size(state_dict: Mapping[str, Tensor], encoder: ViTConfig, input_size: int) -> dict[str, Tensor]:
    """The same network with tables of the size that it would interpolate them to.

    Args:
        state_dict: segment-anything's keys.
        encoder: the network of the tensors.
        input_size: side in pixels of the square input.

    Returns:
        All tensors; those that do not hang on the size are the same ones.
    """
    tensors = dict(state_dict)
    if input_size == encoder.pretrain_size:
        return tensors
    side = input_size // encoder.patch_size
    positions = tensors[_POSITIONS].permute(0, 3, 1, 2)
    resized = F.interpolate(positions, (side, side), mode="bicubic", align_corners=False)
    tensors[_POSITIONS] = resized.permute(0, 2, 3, 1).contiguous()
    for block in encoder.global_attn_indexes:
        for axis in ("h", "w"):
            key = f"image_encoder.blocks.{block}.attn.rel_pos_{axis}"
            table = F.interpolate(tensors[key].T[None], 2 * side - 1, mode="linear", align_corners=False)
            tensors[key] = table[0].T.contiguous()
    return tensors
