"""Image encoders that were trained to classify ImageNet: the keys of timm, torchvision and the original TinyViT.

The names follow timm (Apache-2.0), torchvision (BSD-3-Clause) and TinyViT (MIT); the tensors are the same ones. What a
plain ViT lacks for a SAM, relative positions, is zero, and its attention within windows is new to it; its class token
is left out. Such networks expect pixels of about zero mean and unit deviation, as ours do; those of timm's "augreg"
ViTs span a smaller range, which fine-tuning has to make up for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ultrasam.errors import WeightsError
from ultrasam.modeling.config import TINY_VIT, TinyViTConfig, ViTConfig
from ultrasam.weights.key_map import KeyMap

#: What :func:`from_imagenet` reads, for messages.
ACCEPTED = "timm's or torchvision's ViT with 16 x 16 patches, timm's or the original TinyViT-5M"

#: All plain ViTs up to ViT-L have attention heads of so many channels.
_HEAD_DIM = 64


@dataclass(frozen=True)
class _Spelling:
    """How one library names an encoder.

    Attributes:
        name: for titles.
        signs: keys that only such files have.
        keys: its key beginnings, and ours without ``image_encoder.``.
        unused: beginnings of what we have no place for: classifiers, their normalisation, class tokens.
        positions: its position embedding, where it has one.
    """

    name: str
    signs: tuple[str, ...]
    keys: KeyMap
    unused: tuple[str, ...]
    positions: str = ""


_SPELLINGS = (
    _Spelling(
        name="ViT, timm's keys",
        signs=("patch_embed.proj.weight", "blocks.0.attn.qkv.weight"),
        keys=KeyMap(
            ("patch_embed.proj", "patch_embed.proj"),
            ("blocks.{}.norm{}", "blocks.{}.norm{}"),
            ("blocks.{}.attn.qkv", "blocks.{}.attn.qkv"),
            ("blocks.{}.attn.proj", "blocks.{}.attn.proj"),
            ("blocks.{}.mlp.fc{}", "blocks.{}.mlp.lin{}"),
        ),
        unused=("cls_token", "dist_token", "reg_token", "norm.", "fc_norm.", "pre_logits.", "head.", "head_dist."),
        positions="pos_embed",
    ),
    _Spelling(
        name="ViT, torchvision's keys",
        signs=("conv_proj.weight", "encoder.layers.encoder_layer_0.self_attention.in_proj_weight"),
        keys=KeyMap(
            ("conv_proj", "patch_embed.proj"),
            ("encoder.layers.encoder_layer_{}.ln_{}", "blocks.{}.norm{}"),
            ("encoder.layers.encoder_layer_{}.self_attention.in_proj_weight", "blocks.{}.attn.qkv.weight"),
            ("encoder.layers.encoder_layer_{}.self_attention.in_proj_bias", "blocks.{}.attn.qkv.bias"),
            ("encoder.layers.encoder_layer_{}.self_attention.out_proj", "blocks.{}.attn.proj"),
            ("encoder.layers.encoder_layer_{}.mlp.0", "blocks.{}.mlp.lin1"),
            ("encoder.layers.encoder_layer_{}.mlp.3", "blocks.{}.mlp.lin2"),
            # Before torchvision 0.14.
            ("encoder.layers.encoder_layer_{}.mlp.linear_{}", "blocks.{}.mlp.lin{}"),
        ),
        unused=("class_token", "encoder.ln.", "heads."),
        positions="encoder.pos_embedding",
    ),
    _Spelling(
        name="TinyViT-5M, timm's keys",
        signs=("patch_embed.conv1.conv.weight", "stages.1.downsample.conv1.conv.weight"),
        keys=KeyMap(
            ("patch_embed.conv1.conv", "patch_embed.seq.0.c"),
            ("patch_embed.conv1.bn", "patch_embed.seq.0.bn"),
            ("patch_embed.conv2.conv", "patch_embed.seq.2.c"),
            ("patch_embed.conv2.bn", "patch_embed.seq.2.bn"),
            # timm merges before a stage, TinyViT behind the one before.
            *(
                (f"stages.{stage}.downsample.conv{{}}.{theirs}", f"layers.{stage - 1}.downsample.conv{{}}.{ours}")
                for stage in range(1, len(TINY_VIT.depths))
                for theirs, ours in (("conv", "c"), ("bn", "bn"))
            ),
            ("stages.{}.blocks.{}.conv{}.conv", "layers.{}.blocks.{}.conv{}.c"),
            ("stages.{}.blocks.{}.local_conv.conv", "layers.{}.blocks.{}.local_conv.c"),
            ("stages.{}.blocks", "layers.{}.blocks"),
        ),
        unused=("head.",),
    ),
    _Spelling(
        name="TinyViT-5M, its authors' keys",
        signs=("patch_embed.seq.0.c.weight", "layers.1.blocks.0.attn.qkv.weight"),
        keys=KeyMap(("patch_embed", "patch_embed"), ("layers", "layers")),
        unused=("norm_head.", "head."),
    ),
)


#: What a checkpoint that began so is called.
IMAGENET_FORMATS = tuple(spelling.name for spelling in _SPELLINGS)


@dataclass(frozen=True, eq=False)
class ImageNetEncoder:
    """An image encoder out of a classifier.

    Attributes:
        name: what the file was, in words.
        config: of the encoder.
        state_dict: float32 tensors with the keys of ``Sam``, of the encoder without its neck.
    """

    name: str
    config: ViTConfig | TinyViTConfig
    state_dict: dict[str, Tensor]


def from_imagenet(tensors: Mapping[str, Tensor]) -> ImageNetEncoder | None:
    """The image encoder of a classifier's state dict, or None where its keys are no such classifier's.

    Raises:
        WeightsError: it is one of another architecture, as with layer scale or other patches.
    """
    spelling = next((known for known in _SPELLINGS if all(sign in tensors for sign in known.signs)), None)
    if spelling is None:
        return None
    used = {
        key: tensor.detach().to(torch.float32) if tensor.is_floating_point() else tensor
        for key, tensor in tensors.items()
        if not key.startswith(spelling.unused) and not key.endswith(".attention_bias_idxs")
    }
    positions = used.pop(spelling.positions, None)
    named = spelling.keys.rename_all(used)
    renamed = {named[key]: tensor for key, tensor in used.items()}
    config: ViTConfig | TinyViTConfig = TINY_VIT
    if spelling.positions:
        config = _vit_config(renamed)
        renamed["pos_embed"] = _resized(positions, config)
    return ImageNetEncoder(spelling.name, config, {f"image_encoder.{key}": tensor for key, tensor in renamed.items()})


def _vit_config(renamed: Mapping[str, Tensor]) -> ViTConfig:
    shape = tuple(renamed["patch_embed.proj.weight"].shape)
    embed_dim, patch = shape[0], shape[2:]
    if patch != (ViTConfig.patch_size,) * 2 or embed_dim % _HEAD_DIM:
        raise WeightsError(
            f"Expected a ViT with patches of {ViTConfig.patch_size} x {ViTConfig.patch_size} pixels and attention "
            f"heads of {_HEAD_DIM} channels, but its patches are {patch} pixels and it has {embed_dim} channels."
        )
    if "blocks.0.mlp.lin1.bias" not in renamed:
        raise WeightsError("Expected a perceptron in the first block, but there is none.")
    depth = 1 + max(int(key.split(".")[1]) for key in renamed if key.startswith("blocks."))
    return ViTConfig(
        embed_dim=embed_dim,
        depth=depth,
        num_heads=embed_dim // _HEAD_DIM,
        # As in SAM, the last block of each quarter.
        global_attn_indexes=tuple(sorted({-(-depth * quarter // 4) - 1 for quarter in (1, 2, 3, 4)})),
        mlp_ratio=len(renamed["blocks.0.mlp.lin1.bias"]) / embed_dim,
    )


def _resized(positions: Tensor | None, config: ViTConfig) -> Tensor:
    """The position embedding ``(1, tokens, C)`` as ``(1, g, g, C)`` for SAM's input size, without class tokens."""
    if positions is None or positions.ndim != 3 or len(positions) != 1:
        shape = "none" if positions is None else tuple(positions.shape)
        raise WeightsError(f"Expected a position embedding of shape (1, tokens, channels), but got {shape}.")
    # Class tokens stand before those of the patches.
    trained = math.isqrt(positions.shape[1])
    grid = positions[:, positions.shape[1] - trained**2 :].reshape(1, trained, trained, -1).permute(0, 3, 1, 2)
    size = config.pretrain_size // config.patch_size
    resized = F.interpolate(grid, (size, size), mode="bicubic", align_corners=False)
    return resized.permute(0, 2, 3, 1).contiguous()
