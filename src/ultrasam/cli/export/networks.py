"""``ultrasam export segment-anything`` and ``ultrasam export huggingface``."""

from __future__ import annotations

from ultrasam.cli.choices import InputSizeOption, ModelOption, PipelineOption
from ultrasam.cli.export.options import (
    FileOption,
    FilePrecision,
    FilePrecisionOption,
    FolderOption,
    ForceOption,
    JsonOption,
    progress_line,
    tell,
)


def segment_anything(
    out: FileOption,
    model: ModelOption = None,
    precision: FilePrecisionOption = FilePrecision.fp32,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """A .pth file for segment-anything's own code (ViT) or MobileSAM's (TinyViT)."""
    from ultrasam.export import export_segment_anything
    from ultrasam.weights import DEFAULT

    with progress_line(quiet=as_json) as progress:
        exported = export_segment_anything(
            model or DEFAULT, out, precision=precision.value, overwrite=force, progress=progress
        )
    tell(exported, as_json=as_json)


def huggingface(
    out: FolderOption,
    model: ModelOption = None,
    input_size: InputSizeOption = None,
    precision: FilePrecisionOption = FilePrecision.fp32,
    pipeline: PipelineOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """A folder for transformers' SamModel and SamProcessor; for weights with a ViT image encoder."""
    from ultrasam.export import export_huggingface
    from ultrasam.weights import DEFAULT

    with progress_line(quiet=as_json) as progress:
        exported = export_huggingface(
            model or DEFAULT,
            out,
            input_size=input_size,
            precision=precision.value,
            pipeline=None if pipeline is None else pipeline.value,
            overwrite=force,
            progress=progress,
        )
    tell(exported, as_json=as_json)
