"""A folder that Hugging Face's ``SamModel`` and ``SamProcessor`` load."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from os import PathLike
from typing import Any

import torch

from ultrasam.errors import InputError
from ultrasam.export.huggingface_card import huggingface_card
from ultrasam.export.placing import filled_whole, free_folder, sizes_of
from ultrasam.export.position_tables import at_input_size
from ultrasam.export.result import Exported, Precision
from ultrasam.export.segment_anything import refuse_own_designs
from ultrasam.export.source import Progress, Source, load_source
from ultrasam.inference.coordinates import LOGIT_STRIDE
from ultrasam.inference.pixels import PIXEL_MEAN, PIXEL_STD
from ultrasam.modeling.config import SamConfig, ViTConfig
from ultrasam.weights import Pipeline, write_checkpoint
from ultrasam.weights.huggingface import to_huggingface

#: Pillow's number of bilinear resampling.
_BILINEAR = 2
_NO_PROCESSOR: dict[Pipeline, str] = {
    "medsam": "squash images to a square and stretch them to 0..1, as MedSAM was trained",
    "ultrasam": "resize without antialiasing and ask in two passes, as the official UltraSam does",
}


def export_huggingface(
    weights: str | PathLike[str],
    out: str | PathLike[str],
    *,
    input_size: int | None = None,
    precision: Precision = "fp32",
    pipeline: Pipeline | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Exported:
    """Write a folder for ``transformers``: configuration, weights, processor and a model card.

    Args:
        weights: a name of ``ultrasam weights list``, a file, or a Hugging Face folder; with a ViT image encoder.
        out: the folder.
        input_size: side of the network's input in pixels; None: what the weights were trained at. The position
            tables are interpolated to it, once and for all.
        precision: ``"fp16"`` halves the file; ``transformers`` then computes in half precision unless told otherwise.
        pipeline: overrides how pixels and prompts are prepared.
        overwrite: replace files of the same names in a folder that is there.
        progress: is told what is done next.

    Raises:
        WeightsError: no such weights, or values that half precision cannot hold.
        InputError: the network has no counterpart there, or ``out`` cannot be written to.
    """
    target = free_folder(out, overwrite=overwrite)
    if precision == "int8":
        raise InputError(
            "Expected fp32 or fp16 for a Hugging Face folder, but got int8: export it to onnx or openvino."
        )
    source = load_source(weights, pipeline=pipeline, input_size=input_size)
    config, checkpoint, size = source.network.config, source.checkpoint, source.input_size
    if not isinstance(config.encoder, ViTConfig):
        raise InputError(
            "Expected weights with a ViT image encoder, as Hugging Face's SamModel has no other, but these have a "
            "TinyViT: export them to onnx, openvino or segment-anything (MobileSAM's code reads that)."
        )
    refuse_own_designs(config, "Hugging Face's SamModel")
    if progress:
        progress("writing model.safetensors")
    resized = replace(config, encoder=replace(config.encoder, pretrain_size=size))
    tensors = to_huggingface(at_input_size(source.state_dict, config.encoder, size))
    exported = replace(checkpoint, state_dict=tensors, config=resized, input_size=size, task=None)
    dtype = torch.float16 if precision == "fp16" else None
    notes = (*source.notes, *_notes(source))
    with filled_whole(target) as folder:
        write_checkpoint(folder / "model.safetensors", exported, dtype)
        texts = {"config.json": _json(_configuration(resized, config.encoder, size, precision))}
        if checkpoint.pipeline == "sam":
            texts["preprocessor_config.json"] = _json(_processor(size))
        texts["README.md"] = huggingface_card(source, notes)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
    written = {name: bytes_ for name, bytes_ in sizes_of(target).items() if name in (*texts, "model.safetensors")}
    return Exported("huggingface", target, written, size, precision, source.licence, notes)


def _configuration(config: SamConfig, encoder: ViTConfig, size: int, precision: Precision) -> dict[str, Any]:
    """``config.json``: what ``transformers.SamConfig`` needs to build this network."""
    dtype = "float16" if precision == "fp16" else "float32"
    return {
        "architectures": ["SamModel"],
        "model_type": "sam",
        # Before and from version 5 of transformers.
        "torch_dtype": dtype,
        "dtype": dtype,
        "vision_config": {
            "model_type": "sam_vision_model",
            "hidden_size": encoder.embed_dim,
            "num_hidden_layers": encoder.depth,
            "num_attention_heads": encoder.num_heads,
            "mlp_ratio": encoder.mlp_ratio,
            "mlp_dim": int(encoder.embed_dim * encoder.mlp_ratio),
            "global_attn_indexes": list(encoder.global_attn_indexes),
            "window_size": encoder.window_size,
            "image_size": size,
            "patch_size": encoder.patch_size,
            "num_channels": 3,
            "output_channels": encoder.out_chans,
            "num_pos_feats": config.embed_dim // 2,
            "qkv_bias": True,
            "use_abs_pos": True,
            "use_rel_pos": True,
            "layer_norm_eps": 1e-6,
        },
        "prompt_encoder_config": {
            "model_type": "sam_prompt_encoder",
            "hidden_size": config.embed_dim,
            "image_size": size,
            "patch_size": encoder.patch_size,
            "image_embedding_size": size // encoder.patch_size,
        },
        # SAM's decoder normalises with PyTorch's default, SamModel's default is a tenth of it.
        "mask_decoder_config": {
            "model_type": "sam_mask_decoder",
            "hidden_size": config.embed_dim,
            "layer_norm_eps": 1e-5,
        },
    }


def _processor(size: int) -> dict[str, Any]:
    """``preprocessor_config.json``: images as the sam pipeline prepares them."""
    quarter = size // LOGIT_STRIDE
    return {
        "processor_class": "SamProcessor",
        "image_processor_type": "SamImageProcessor",
        "do_convert_rgb": True,
        "do_resize": True,
        "size": {"longest_edge": size},
        "resample": _BILINEAR,
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": [mean / 255 for mean in PIXEL_MEAN],
        "image_std": [deviation / 255 for deviation in PIXEL_STD],
        "do_pad": True,
        "pad_size": {"height": size, "width": size},
        "mask_size": {"longest_edge": quarter},
        "mask_pad_size": {"height": quarter, "width": quarter},
    }


def _notes(source: Source) -> list[str]:
    lacking = _NO_PROCESSOR.get(source.checkpoint.pipeline)
    if lacking is None:
        return []
    return [f"There is no preprocessor_config.json, as SamProcessor cannot {lacking}: README.md says how to do it."]


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, indent=2) + "\n"
