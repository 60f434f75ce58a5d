"""Choices and options that several commands have, spelled out: the rooms that know them take a second to import."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer


class Dtype(str, Enum):
    """Number format of a weights file."""

    float32 = "float32"
    bfloat16 = "bfloat16"
    float16 = "float16"


class Backend(str, Enum):
    """What runs a network: :data:`ultrasam.backends.Backend`."""

    torch = "torch"
    onnxruntime = "onnxruntime"
    openvino = "openvino"
    auto = "auto"


class Precision(str, Enum):
    """What it computes in: :data:`ultrasam.backends.Precision`."""

    fp32 = "fp32"
    bf16 = "bf16"
    fp16 = "fp16"
    int8 = "int8"


class PipelineName(str, Enum):
    """How pixels and prompts are prepared: :data:`ultrasam.weights.registry.PIPELINES`."""

    sam = "sam"
    medsam = "medsam"
    ultrasam = "ultrasam"


FilesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        help="Images, cines, volumes; folders (searched through) and globs too. "
        "May be left out where --prompts names them."
    ),
]
FrameOption = Annotated[
    str | None,
    typer.Option("--frame", metavar="N", help="Frame of a cine or slice of a volume: 3, all, 0:20:2. Default: 0."),
]
ModelOption = Annotated[
    str | None,
    typer.Option("--model", "-m", metavar="NAME|FILE", help="Weights: see 'ultrasam weights list'."),
]
DataOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--data",
        metavar="DIR|JSON",
        help="A COCO folder (coco.json and images/), a COCO file, or a folder of such folders. Repeat it for more.",
    ),
]
RunFolderOption = Annotated[Path | None, typer.Option("--out", "-o", metavar="DIR", help="Folder of the run.")]
RestartOption = Annotated[bool, typer.Option("--restart", help="Begin anew instead of going on.")]
PipelineOption = Annotated[
    PipelineName | None,
    typer.Option("--pipeline", help="For MedSAM weights from a file, which look like SAM's: medsam."),
]
DeviceOption = Annotated[str, typer.Option("--device", help="auto, cpu, cuda, cuda:1, mps.")]
BackendOption = Annotated[
    Backend, typer.Option("--backend", help="What runs the network; auto is the quickest that is installed.")
]
PrecisionOption = Annotated[
    Precision, typer.Option("--precision", help="bf16 and int8 are quicker where 'ultrasam doctor' lists them.")
]
CompiledOption = Annotated[
    bool, typer.Option("--compiled", help="Have PyTorch compile the network: for many images on a GPU.")
]
InputSizeOption = Annotated[
    int | None,
    typer.Option(
        "--input-size",
        metavar="N",
        help="Side of the network's input, a multiple of 64; smaller is faster. Default: what the weights were "
        "trained at.",
    ),
]
