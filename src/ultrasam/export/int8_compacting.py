"""A smaller file for the same graph."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt

from ultrasam.extras import require

#: Constants of fewer numbers stay as they are.
_LARGE = 2**14


def share_repeated_columns(model: Any) -> None:
    """Write a constant whose columns repeat as a table of different columns and the number of each.

    In TinyViT, the biases of attention hang on the distance of two tokens alone: 196 columns stand for 38,416. Programs
    compute such constants once, when they open a file, so that nothing else changes.

    Args:
        model: an ``onnx.ModelProto`` whose constants lie in it; changed in place.
    """
    onnx = require("onnx", needed_for="ONNX graphs")
    nodes: list[Any] = []
    added: dict[str, npt.NDArray[Any]] = {}
    for constant in list(model.graph.initializer):
        if constant.data_type != onnx.TensorProto.FLOAT or np.prod(constant.dims) < _LARGE or len(constant.dims) < 3:
            continue
        values = onnx.numpy_helper.to_array(constant)
        columns = values.reshape(-1, values.shape[-2] * values.shape[-1])
        table, numbers = np.unique(columns, axis=1, return_inverse=True)
        numbers = numbers.ravel().astype(np.int32)
        if 2 * (table.nbytes + numbers.nbytes) > values.nbytes:
            continue
        # Blocks of one window size number their columns alike.
        inputs = [_named(table), _named(numbers), _named(np.array(values.shape, np.int64))]
        added.update(inputs)
        names = [name for name, _ in inputs]
        gathered = f"{constant.name}.columns"
        nodes += [
            onnx.helper.make_node("Gather", names[:2], [gathered], name=f"{constant.name}.gather", axis=1),
            onnx.helper.make_node("Reshape", [gathered, names[2]], [constant.name], name=f"{constant.name}.reshape"),
        ]
        model.graph.initializer.remove(constant)
    model.graph.initializer.extend(onnx.numpy_helper.from_array(values, name) for name, values in added.items())
    others = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*nodes, *others])


def drop_descriptions(model: Any) -> None:
    """Drop the shapes of what lies between nodes, which programs infer by themselves."""
    del model.graph.value_info[:]


def _named(values: npt.NDArray[Any]) -> tuple[str, npt.NDArray[Any]]:
    digest = hashlib.sha256(f"{values.dtype} {values.shape}".encode() + values.tobytes()).hexdigest()
    return f"constant.{digest[:16]}", np.ascontiguousarray(values)
