"""Running graphs in the engines that they are made for, without any code of ours."""

from __future__ import annotations

from functools import cache

import numpy as np
import onnxruntime
import openvino
import torch
from torch import Tensor

from ultrasam.modeling.prompts import PromptTokens


@cache
def _session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


@cache
def _compiled(path):
    settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
    return openvino.Core().compile_model(str(path), "CPU", settings)


def in_onnxruntime(path, inputs):
    """Outputs by name, as tensors. A path stands for one graph for as long as the tests run."""
    session = _session(path)
    names = [output.name for output in session.get_outputs()]
    arrays = {name: np.ascontiguousarray(value) for name, value in inputs.items()}
    return {name: torch.from_numpy(found) for name, found in zip(names, session.run(None, arrays), strict=True)}


def in_openvino(path, inputs):
    """Outputs by name, as tensors. A path stands for one graph for as long as the tests run."""
    model = _compiled(path)
    found = model({name: np.ascontiguousarray(value) for name, value in inputs.items()})
    # What passes through an identity keeps both of its names.
    return {name: torch.from_numpy(found[output].copy()) for output in model.outputs for name in output.get_names()}


ENGINES = {"onnxruntime": in_onnxruntime, "openvino": in_openvino}


def decoder_inputs(embedding: Tensor, prompts: PromptTokens) -> dict[str, Tensor]:
    """Prompts as the decoder's graph wants them."""
    count = len(prompts.labels)
    side = 4 * embedding.shape[-1]
    has_mask = prompts.has_mask
    if has_mask is None:
        has_mask = torch.full((count,), prompts.mask_logits is not None)
    return {
        "image_embeddings": embedding,
        "point_coords": prompts.points_xy,
        "point_labels": prompts.labels.float(),
        "mask_input": torch.zeros(count, 1, side, side) if prompts.mask_logits is None else prompts.mask_logits,
        "has_mask_input": has_mask.float(),
    }


def relative_error(found: Tensor, expected: Tensor) -> float:
    assert found.shape == expected.shape
    return float((found - expected).norm() / expected.norm())
