"""Running graphs in the engines that they are made for, without any code of ours."""

from __future__ import annotations

import numpy as np
import onnxruntime
import openvino
import torch
from torch import Tensor

from ultrasam.modeling.prompts import PromptTokens


def in_onnxruntime(path, inputs):
    """Outputs by name, as tensors."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    arrays = {name: np.ascontiguousarray(value) for name, value in inputs.items()}
    return {name: torch.from_numpy(found) for name, found in zip(names, session.run(None, arrays), strict=True)}


def in_openvino(path, inputs):
    """Outputs by name, as tensors."""
    settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
    model = openvino.Core().compile_model(str(path), "CPU", settings)
    found = model({name: np.ascontiguousarray(value) for name, value in inputs.items()})
    return {output.get_any_name(): torch.from_numpy(found[output].copy()) for output in model.outputs}


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
