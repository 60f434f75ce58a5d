"""ONNX Runtime on the processor."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from ultrasam.errors import WeightsError
from ultrasam.extras import require

#: Of its messages: errors only; of what it finds odd in a graph nobody can make use.
_ERRORS_ONLY = 3


class OnnxRuntimeGraph:
    """A graph that ONNX Runtime computes in fp32, with as many threads as PyTorch has.

    Args:
        path: the ONNX file.

    Raises:
        MissingExtraError: ONNX Runtime is not installed.
        WeightsError: it cannot read the file.
    """

    def __init__(self, path: Path) -> None:
        runtime = require("onnxruntime", needed_for="The backend onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        options.log_severity_level = _ERRORS_ONLY
        try:
            self._session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        # Its exceptions have no class in common but this.
        except Exception as error:
            raise WeightsError(f"Expected a graph that ONNX Runtime can read, but got {path}: {error}") from error

    def __call__(self, inputs: Mapping[str, Tensor]) -> list[Tensor]:
        """The outputs in the file's order, from inputs by name; float32 on the CPU."""
        given = {name: tensor.numpy() for name, tensor in inputs.items()}
        return [torch.from_numpy(output) for output in self._session.run(None, given)]
