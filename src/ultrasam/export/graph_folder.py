"""Both graphs of a model as ONNX files, and what they and their folder say of themselves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ultrasam.export.readme_parts as readme
from ultrasam.backends.halves import decoder_graph, encoder_graph
from ultrasam.corpus.markdown import escape, table
from ultrasam.errors import InputError
from ultrasam.export.metadata import description, graph_metadata
from ultrasam.export.result import Precision
from ultrasam.export.snippets import Runtime, snippet
from ultrasam.export.source import Progress, Source
from ultrasam.extras import require
from ultrasam.graphs.copying import copy_decoder, copy_encoder

ENCODER, DECODER = "encoder.onnx", "decoder.onnx"
#: The description of a folder for programs.
DESCRIPTION = "ultrasam.json"


@dataclass(frozen=True)
class Graphs:
    """What was written.

    Attributes:
        tensors: by ``"encoder"`` and ``"decoder"``: ``"inputs"`` and ``"outputs"``, each a list of ``name``, ``type``
            and ``shape``, whose free axes are words.
        metadata: the text entries in the files.
        report: how an int8 encoder compares with the one that it stands for; None: there is none.
    """

    tensors: dict[str, dict[str, list[dict[str, Any]]]]
    metadata: dict[str, str]
    report: dict[str, Any] | None = None


def check_precision(precision: Precision, data: Sequence[Path]) -> None:
    """Refuse what does not go together.

    Raises:
        InputError: int8 without images to calibrate it with, or images for anything else.
    """
    if precision == "int8" and not data:
        raise InputError(
            "Expected annotated images for int8 (--data, at least three data sets), as its ranges are found on images "
            "and its masks are compared with fp32's, but got none."
        )
    if precision != "int8" and data:
        raise InputError(f"Expected --data for int8 only, which is calibrated with images, but got {precision}.")


def write_graphs(
    source: Source, folder: Path, *, precision: Precision, data: Sequence[Path], progress: Progress | None
) -> Graphs:
    """Write ``encoder.onnx`` and ``decoder.onnx``, whose masks have the original image's size.

    The graphs themselves are those of the cache, where backends keep them, too.

    Args:
        source: the weights.
        folder: that is there.
        precision: ``"int8"`` is of the encoder; all else is written in single precision.
        data: COCO folders for int8.
        progress: is told what is done next.

    Raises:
        MissingExtraError: ONNX, or for int8 nncf, is not installed.
        InputError: int8 changes the masks too much.
    """
    metadata = graph_metadata(source.checkpoint, source.input_size)
    metadata["precision"] = "fp32"
    tell = progress or (lambda _: None)
    tell("writing the image encoder")
    facts = (source.network, source.checkpoint, source.input_size)
    # Each is copied at once, as the cache may let it go when it keeps the next.
    copy_encoder(encoder_graph(*facts), folder / ENCODER, metadata)
    report = None
    if precision == "int8":
        from ultrasam.export.int8 import quantised

        tell("making the image encoder int8, and comparing")
        report = quantised(source, folder / ENCODER, data=data, progress=progress)
    tell("writing the mask decoder")
    pipeline = source.checkpoint.pipeline
    copy_decoder(decoder_graph(*facts), folder / DECODER, metadata, finish=pipeline, input_size=source.input_size)
    tensors = {name: _tensors(folder / f"{name}.onnx") for name in ("encoder", "decoder")}
    return Graphs(tensors, metadata, report)


def write_texts(
    source: Source, graphs: Graphs, folder: Path, *, runtime: Runtime, precision: Precision, notes: tuple[str, ...]
) -> None:
    """Write what people and programs read: ``README.md``, ``ultrasam.json`` and ``LICENSE``."""
    values = {
        **description(source.checkpoint, source.input_size),
        "precision": precision,
        "graphs": graphs.tensors,
        **({"int8": graphs.report} if graphs.report else {}),
    }
    texts = {
        DESCRIPTION: json.dumps(values, indent=2, ensure_ascii=False) + "\n",
        "README.md": _readme(source, graphs, runtime, precision, notes),
        "LICENSE": readme.licence_text(source),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def _tensors(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Inputs and outputs of an ONNX file."""
    onnx = require("onnx", needed_for="ONNX graphs")
    graph = onnx.load(str(path), load_external_data=False).graph
    return {
        kind: [
            {
                "name": value.name,
                "type": str(onnx.helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type)),
                "shape": [axis.dim_param or axis.dim_value for axis in value.type.tensor_type.shape.dim],
            }
            for value in values
        ]
        for kind, values in (("inputs", graph.input), ("outputs", graph.output))
    }


def _readme(source: Source, graphs: Graphs, runtime: Runtime, precision: Precision, notes: tuple[str, ...]) -> str:
    name = {"onnxruntime": "ONNX", "openvino": "OpenVINO"}[runtime]
    rows = [
        (part, kind[:-1], value["name"], value["type"], " x ".join(map(str, value["shape"])))
        for part, tensors in graphs.tensors.items()
        for kind, values in tensors.items()
        for value in values
    ]
    parts = [
        f"# {escape(source.title)}, {name}",
        f"Promptable segmentation: image encoder and mask decoder, {precision}, input "
        f"{source.input_size} x {source.input_size} pixels, pipeline `{source.checkpoint.pipeline}`, ONNX operators "
        f"of opset {graphs.metadata['opset']}. The encoder runs once for an image, the decoder for each prompt. "
        f"Written by `ultrasam export`; `{DESCRIPTION}` says the same to programs.",
        readme.limits_section(),
        "## How to use",
        f"```python\n{snippet(source, runtime)}```",
        *readme.notes_section(notes),
        "## Tensors",
        table(("graph", "", "name", "type", "shape"), rows),
        readme.image_section(source),
        readme.prompt_section(source),
        readme.origin_section(source),
    ]
    return "\n\n".join(parts) + "\n"
