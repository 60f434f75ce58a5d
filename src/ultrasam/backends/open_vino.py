"""OpenVINO on the processor."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

import torch
from torch import Tensor

from ultrasam.backends.names import Precision
from ultrasam.backends.open_vino_core import DEVICE, core, has_bf16
from ultrasam.errors import WeightsError


class OpenVinoGraph:
    """A graph that OpenVINO computes, with as many threads as PyTorch has.

    Args:
        path: the ONNX file.
        precision: ``"fp32"``; ``"bf16"`` and ``"int8"`` take bf16 where the processor has it.
        shapes: of inputs that will always have these.

    Raises:
        MissingExtraError: OpenVINO is not installed.
        WeightsError: it cannot read the file.
    """

    def __init__(self, path: Path, precision: Precision, *, shapes: Mapping[str, list[int]]) -> None:
        options: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
            "INFERENCE_PRECISION_HINT": "bf16" if precision != "fp32" and has_bf16() else "f32",
            # Several processes would be pinned to the same cores.
            "ENABLE_CPU_PINNING": False,
        }
        try:
            model = core().read_model(path)
            if shapes:
                model.reshape(dict(shapes))
            self._compiled = core().compile_model(model, DEVICE, options)
        except RuntimeError as error:
            raise WeightsError(f"Expected a graph that OpenVINO can read, but got {path}: {error}") from error
        self._names = {node.get_any_name() for node in self._compiled.inputs}
        # A compiled model has one set of buffers.
        self._lock = Lock()

    def __call__(self, inputs: Mapping[str, Tensor]) -> list[Tensor]:
        """The outputs in the file's order, from inputs by name; float32 on the CPU."""
        given = {name: tensor.numpy() for name, tensor in inputs.items()}
        with self._lock:
            outputs = self._compiled(given)
        return [torch.from_numpy(outputs[index]) for index in range(len(outputs))]
