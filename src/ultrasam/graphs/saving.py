"""Writing ONNX files whole, also those that a single file cannot hold."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import torch

from ultrasam.extras import require

#: Bytes of weights above which they lie in a file of their own: protobuf ends at two gigabytes.
SINGLE_FILE_BYTES = 1_900_000_000


def save(graph: torch.onnx.ONNXProgram, path: Path, metadata: Mapping[str, str] | None = None) -> None:
    """Write a graph under ``path``, and weights that are too large for it under ``path`` with ``.data`` at its end.

    A file is under its name only when all is written and ONNX finds nothing wrong with it.
    """
    graph.model.metadata_props.update(metadata or {})
    size = sum(value.const_value.nbytes for value in graph.model.graph.initializers.values() if value.const_value)
    path.parent.mkdir(parents=True, exist_ok=True)
    # A graph names the file of its weights: both must have their final names when they are written.
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=path.parent) as folder:
        written = Path(folder) / path.name
        graph.save(written, external_data=size > SINGLE_FILE_BYTES)
        require("onnx", needed_for="ONNX graphs").checker.check_model(str(written))
        for part in sorted(Path(folder).iterdir(), key=lambda file: file == written):
            part.replace(path.with_name(part.name))
