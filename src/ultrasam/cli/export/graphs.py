"""``ultrasam export onnx`` and ``ultrasam export openvino``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ultrasam.cli.choices import InputSizeOption, ModelOption, PipelineOption
from ultrasam.cli.export.options import FolderOption, ForceOption, GraphPrecision, JsonOption, progress_line, tell

PrecisionOption = Annotated[
    GraphPrecision,
    typer.Option(
        "--precision",
        help="Number format of the weights. fp16 (openvino): half the size. int8 needs --data, and is refused where "
        "masks get worse.",
    ),
]
DataOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="For int8: annotated COCO folders with training and validation parts. Repeat it: at least three sets.",
    ),
]


def onnx(
    out: FolderOption,
    model: ModelOption = None,
    input_size: InputSizeOption = None,
    precision: PrecisionOption = GraphPrecision.fp32,
    pipeline: PipelineOption = None,
    data: DataOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Image encoder and mask decoder as ONNX, for any language and for browsers."""
    from ultrasam.export import export_onnx
    from ultrasam.weights import DEFAULT

    with progress_line(quiet=as_json) as progress:
        exported = export_onnx(
            model or DEFAULT,
            out,
            input_size=input_size,
            precision=precision.value,
            pipeline=None if pipeline is None else pipeline.value,
            data=data or (),
            overwrite=force,
            progress=progress,
        )
    tell(exported, as_json=as_json)


def openvino(
    out: FolderOption,
    model: ModelOption = None,
    input_size: InputSizeOption = None,
    precision: PrecisionOption = GraphPrecision.fp32,
    pipeline: PipelineOption = None,
    data: DataOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Image encoder and mask decoder for OpenVINO: Intel's processors, graphics and NPUs."""
    from ultrasam.export import export_openvino
    from ultrasam.weights import DEFAULT

    with progress_line(quiet=as_json) as progress:
        exported = export_openvino(
            model or DEFAULT,
            out,
            input_size=input_size,
            precision=precision.value,
            pipeline=None if pipeline is None else pipeline.value,
            data=data or (),
            overwrite=force,
            progress=progress,
        )
    tell(exported, as_json=as_json)
