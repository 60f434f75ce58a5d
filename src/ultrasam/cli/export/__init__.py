"""``ultrasam export``: models for other software."""

from __future__ import annotations

import typer

from ultrasam.cli.export.graphs import onnx, openvino
from ultrasam.cli.export.networks import huggingface, segment_anything

app = typer.Typer(
    help="Write a model for other software: ONNX, OpenVINO, segment-anything, Hugging Face.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("onnx")(onnx)
app.command("openvino")(openvino)
app.command("segment-anything")(segment_anything)
app.command("huggingface")(huggingface)
