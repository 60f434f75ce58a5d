"""Weights as the files that segment-anything's and MobileSAM's own code loads."""

from __future__ import annotations

from os import PathLike

import torch
from torch import Tensor

from ultrasam.errors import InputError
from ultrasam.export.placing import free_file
from ultrasam.export.result import Exported, Precision
from ultrasam.export.source import Progress, Source, load_source
from ultrasam.files import written_whole
from ultrasam.modeling.config import TINY_VIT, VIT_B, VIT_H, VIT_L, SamConfig, TinyViTConfig, ViTConfig
from ultrasam.weights.input_size import SAM_INPUT_SIZE
from ultrasam.weights.safetensors_file import stored_as

#: What builds a network and loads the file, where there is such a function.
_REGISTRY: dict[ViTConfig | TinyViTConfig, str] = {
    VIT_B: "segment_anything.sam_model_registry['vit_b']",
    VIT_L: "segment_anything.sam_model_registry['vit_l']",
    VIT_H: "segment_anything.sam_model_registry['vit_h']",
    TINY_VIT: "mobile_sam.sam_model_registry['vit_t']",
}
#: MobileSAM's attention looks its positions up when it is put into evaluation mode, and the registry loads after that.
_MORE: dict[ViTConfig | TinyViTConfig, str] = {TINY_VIT: "  and call  .eval()  once more: its positions are read then"}
#: MobileSAM's code builds TinyViT with the classifier of its pre-training, which its forward pass leaves out.
_CLASSES = 1000


def export_segment_anything(
    weights: str | PathLike[str],
    out: str | PathLike[str],
    *,
    precision: Precision = "fp32",
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Exported:
    """Write a ``.pth`` or ``.pt`` file that ``segment_anything`` (ViT) or ``mobile_sam`` (TinyViT) loads strictly.

    It is a plain state dict, which ``torch.load(weights_only=True)`` reads.

    Args:
        weights: a name of ``ultrasam weights list``, a file, or a Hugging Face folder.
        out: the file to write.
        precision: ``"fp16"`` halves the file; it is loaded as float32 all the same.
        overwrite: write over a file that is there.
        progress: is told what is done next.

    Raises:
        WeightsError: no such weights, or values that half precision cannot hold.
        InputError: the network has no counterpart there, or ``out`` cannot be written to.
    """
    target = free_file(out, suffixes=(".pth", ".pt"), overwrite=overwrite)
    if precision == "int8":
        raise InputError(
            "Expected fp32 or fp16 for segment-anything's files, but got int8, which its code cannot read."
        )
    source = load_source(weights)
    config = source.network.config
    refuse_own_designs(config, "segment-anything")
    if progress:
        progress(f"writing {target.name}")
    tensors = source.state_dict
    if isinstance(config.encoder, TinyViTConfig):
        tensors = {**tensors, **_classifier(config.encoder)}
    if precision == "fp16":
        tensors = stored_as(tensors, torch.float16)
    with written_whole(target) as temporary, temporary.open("wb") as file:
        torch.save({key: _alone(tensor) for key, tensor in tensors.items()}, file)
    return Exported(
        "segment-anything",
        target,
        {target.name: target.stat().st_size},
        source.checkpoint.input_size,
        precision,
        source.licence,
        (*source.notes, *_notes(source)),
    )


def refuse_own_designs(config: SamConfig, reader: str) -> None:
    """Refuse networks whose parts other SAM code does not have.

    Raises:
        InputError: there are adapters, or the token MLP's residual is doubled.
    """
    if config.adapter_dim:
        raise InputError(
            f"Expected a network that {reader} knows, but this one has adapters in its blocks: export it to onnx or "
            "openvino, which hold any network."
        )
    if config.token_mlp_residual == "doubled":
        raise InputError(
            f"Expected a network that {reader} knows, but this one adds its queries twice around the token MLP, as "
            f"the official UltraSam does, and {reader} would load it and give other masks: export it to onnx or "
            "openvino, which hold any network."
        )


def _classifier(encoder: TinyViTConfig) -> dict[str, Tensor]:
    """What MobileSAM's strict loading asks for beside the network: zeros, as nothing reads them."""
    width = encoder.embed_dims[-1]
    return {
        "image_encoder.norm_head.weight": torch.ones(width),
        "image_encoder.norm_head.bias": torch.zeros(width),
        "image_encoder.head.weight": torch.zeros(_CLASSES, width),
        "image_encoder.head.bias": torch.zeros(_CLASSES),
    }


def _alone(tensor: Tensor) -> Tensor:
    """Without the memory around it, which ``torch.save`` would write, too."""
    own = tensor.detach().contiguous()
    return own if own.untyped_storage().nbytes() == own.nbytes else own.clone()


def _notes(source: Source) -> list[str]:
    encoder, notes = source.network.config.encoder, []
    named = _REGISTRY.get(encoder)
    if named is not None:
        notes.append(f"Load it with  {named}(checkpoint=…){_MORE.get(encoder, '')}.")
    elif isinstance(encoder, TinyViTConfig):
        notes.append("mobile_sam's registry has no TinyViT of this size: build it with this network's numbers.")
    else:
        notes.append(f"segment_anything's registry has no network of this size: build it with {_words(encoder)}.")
    trained = source.checkpoint.input_size
    if named is not None and trained != SAM_INPUT_SIZE:
        notes.append(
            f"These weights were trained for an input of {trained} pixels; the registries build networks for "
            f"{SAM_INPUT_SIZE}, where masks may be worse."
        )
    if source.checkpoint.pipeline == "medsam":
        notes.append("SamPredictor prepares pixels as SAM does: prepare them as MedSAM does yourself.")
    return notes


def _words(encoder: ViTConfig) -> str:
    return (
        f"img_size={encoder.pretrain_size}, embed_dim={encoder.embed_dim}, depth={encoder.depth}, "
        f"num_heads={encoder.num_heads}, window_size={encoder.window_size}, "
        f"global_attn_indexes={list(encoder.global_attn_indexes)}, use_rel_pos=True"
    )
