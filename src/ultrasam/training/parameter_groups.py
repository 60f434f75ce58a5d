"""The optimiser's parameter groups: who learns how fast, and whose weights decay.

Layer-wise learning-rate decay after Clark et al. 2020, "ELECTRA", and, for vision transformers, Bao et al. 2021,
"BEiT": what a pre-trained encoder's first layers know is general and should change least.
"""

from __future__ import annotations

import re
from typing import Any

from torch import nn

from ultrasam.errors import InputError
from ultrasam.modeling.sam import Sam
from ultrasam.modeling.tiny_vit import TinyViT
from ultrasam.modeling.vit import ImageEncoderViT

#: Position parameters that are matrices: embeddings, relative positions and attention biases.
_POSITIONS = re.compile(r"\.(pos_embed|rel_pos_[hw]|attention_biases)$")


def parameter_groups(
    sam: Sam,
    *,
    lr: float,
    weight_decay: float,
    layer_decay: float,
    encoder_lr_factor: float = 1.0,
    head_lr_factor: float = 1.0,
) -> list[dict[str, Any]]:
    """Groups for ``torch.optim.AdamW`` of all parameters that require gradients, each in exactly one.

    The image encoder's depth is counted from its patch embedding, 0, over its blocks to its neck, D; a part at depth d
    learns with ``lr * encoder_lr_factor * layer_decay ** (D - d)``, prompt encoder and mask decoder with ``lr``, the
    head of a fine-tuned network with ``lr * head_lr_factor``. TinyViT's blocks are counted through all stages; a
    merging belongs to the block before it.

    Args:
        sam: a network whose frozen parameters are frozen already.
        lr: learning rate of prompt encoder and mask decoder.
        weight_decay: of weight matrices and kernels; biases, normalisations, embeddings and position parameters have
            none.
        layer_decay: from 0 (exclusive) to 1; 1: the encoder learns equally fast at all depths.
        encoder_lr_factor: learning rate of the encoder's neck in parts of ``lr``.
        head_lr_factor: learning rate of the head in parts of ``lr``.

    Returns:
        Dicts of ``params``, ``lr``, ``weight_decay`` and ``name``, from the first layer to the last.

    Raises:
        InputError: a number is out of bounds, or no parameter requires gradients.
    """
    if not (lr > 0 and weight_decay >= 0 and 0 < layer_decay <= 1 and encoder_lr_factor > 0 and head_lr_factor > 0):
        raise InputError(
            "Expected lr > 0, weight_decay >= 0, layer_decay from 0 (exclusive) to 1, encoder_lr_factor > 0 and "
            f"head_lr_factor > 0, but got {lr}, {weight_decay}, {layer_decay}, {encoder_lr_factor} and "
            f"{head_lr_factor}."
        )
    depths = _depths(sam.image_encoder)
    neck = max(depths.values())
    groups: dict[str, dict[str, Any]] = {}
    for name, parameter in sam.named_parameters():
        if not parameter.requires_grad:
            continue
        part = name.partition(".")[0]
        rate = lr
        if part == "image_encoder":
            depth = depths[parameter]
            part = f"image_encoder.{depth:02d}"
            rate = lr * encoder_lr_factor * layer_decay ** (neck - depth)
        elif part == "head":
            rate = lr * head_lr_factor
        decays = _decays(sam, name)
        key = part if decays else f"{part}.no_decay"
        group = {"params": [], "lr": rate, "weight_decay": weight_decay if decays else 0.0, "name": key}
        groups.setdefault(key, group)["params"].append(parameter)
    if not groups:
        raise InputError("Expected parameters that require gradients, but all of them are frozen.")
    order = {"image_encoder": 0, "prompt_encoder": 1, "mask_decoder": 2, "head": 3}
    return sorted(groups.values(), key=lambda group: (order[group["name"].partition(".")[0]], group["name"]))


def _depths(encoder: nn.Module) -> dict[nn.Parameter, int]:
    """The depth of each parameter of an image encoder."""
    parts: list[list[nn.Module]]
    if isinstance(encoder, ImageEncoderViT):
        parts = [[block] for block in encoder.blocks]
    elif isinstance(encoder, TinyViT):
        parts = []
        for stage in encoder.layers:
            children = dict(stage.named_children())
            parts += [[block] for block in children["blocks"].children()]
            if "downsample" in children:
                parts[-1].append(children["downsample"])
    else:
        raise InputError(f"Expected a plain ViT or a TinyViT as image encoder, but got {type(encoder).__name__}.")
    parts = [[encoder.patch_embed], *parts, [encoder.neck]]
    # Parameters of the encoder itself, its position embedding, act where the patch embedding does.
    depths = dict.fromkeys(encoder.parameters(recurse=False), 0)
    for depth, modules in enumerate(parts):
        depths.update((parameter, depth) for module in modules for parameter in module.parameters())
    return depths


def _decays(sam: Sam, name: str) -> bool:
    """Whether the parameter of this name is a weight matrix or a kernel."""
    owner = sam.get_submodule(name.rpartition(".")[0])
    # Vectors are biases, scales and shifts.
    return sam.get_parameter(name).ndim > 1 and not isinstance(owner, nn.Embedding) and not _POSITIONS.search(name)
