"""A graph that a program has opened: tensors in, tensors out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from torch import Tensor

from ultrasam.backends.names import BackendName, Precision
from ultrasam.backends.onnx_runtime import OnnxRuntimeGraph
from ultrasam.backends.open_vino import OpenVinoGraph


class Graph(Protocol):
    """Runs an ONNX file."""

    def __call__(self, inputs: Mapping[str, Tensor]) -> list[Tensor]:
        """The outputs in the file's order, from inputs by name; float32 on the CPU."""


def open_graph(
    path: Path, backend: BackendName, precision: Precision, *, shapes: Mapping[str, list[int]] | None = None
) -> Graph:
    """Have a backend read a graph.

    Args:
        path: the ONNX file.
        backend: which.
        precision: how it computes. What is quantised in the file is computed so, whatever this is.
        shapes: of inputs that will always have these; a backend may be quicker so.

    Raises:
        MissingExtraError: the backend is not installed.
        WeightsError: it cannot read the file.
    """
    if backend == "openvino":
        return OpenVinoGraph(path, precision, shapes=shapes or {})
    return OnnxRuntimeGraph(path)
