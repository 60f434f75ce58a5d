"""``ultrasam segment``: files and prompts in, masks out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Annotated

import typer

from ultrasam.cli.choices import (
    Backend,
    BackendOption,
    CompiledOption,
    DeviceOption,
    FilesArgument,
    FrameOption,
    InputSizeOption,
    ModelOption,
    PipelineOption,
    Precision,
    PrecisionOption,
)
from ultrasam.cli.loading import load_model
from ultrasam.cli.progress import FileProgress
from ultrasam.cli.tasks import NO_PROMPT, file_tasks
from ultrasam.cli.terminal import end_as_by_ctrl_c, err, out, progress_bar, say
from ultrasam.cli.words import parse_formats, parse_spacing
from ultrasam.errors import InputError, PromptError

if TYPE_CHECKING:
    from ultrasam.inference.batch import FileFailure, FrameResult
    from ultrasam.inference.outputs import Written
    from ultrasam.inference.segmenter import Segmenter


def segment(
    files: FilesArgument = None,
    box: Annotated[
        list[str] | None,
        typer.Option(metavar="X0,Y0,X1,Y1", help="A box around an object, in pixels. Repeat it for more objects."),
    ] = None,
    point: Annotated[
        list[str] | None,
        typer.Option(
            metavar="X,Y[,-]",
            help="A point inside the object or, with ',-', outside it. All points are of one object.",
        ),
    ] = None,
    mask: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A mask of the image's size to start from; non-zero is inside."),
    ] = None,
    prompts: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="prompts.json: many prompts for many files (docs/segment.md)."),
    ] = None,
    output: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for the results.")] = Path(
        "ultrasam-out"
    ),
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            "-f",
            metavar="KIND",
            help="png, overlay, coco, nifti; repeat it or join by commas. Default: png,overlay.",
        ),
    ] = None,
    frame: FrameOption = None,
    spacing: Annotated[
        str | None,
        typer.Option(metavar="MM[,MM]", help="Pixel spacing in mm (x, y), instead of what the file says."),
    ] = None,
    min_score: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            metavar="S",
            help="Without prompts: lowest score of what is given. Default: 0.5 for instances, else all.",
        ),
    ] = None,
    model: ModelOption = None,
    pipeline: PipelineOption = None,
    device: DeviceOption = "auto",
    backend: BackendOption = Backend.torch,
    precision: PrecisionOption = Precision.fp32,
    compiled: CompiledOption = False,
    input_size: InputSizeOption = None,
    cache: Annotated[bool, typer.Option(help="Keep image embeddings, so that no image is encoded twice.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print results.json instead of lines for people.")] = False,
) -> None:
    """Outline structures in ultrasound images from boxes, points or masks.

    A model of 'ultrasam finetune segment' needs none: it outlines what it was fine-tuned for.
    """
    kinds = parse_formats(",".join(formats or ["png", "overlay"]))
    tasks = file_tasks(files or [], box or [], point or [], mask, prompts, output, needs_prompts=model is None)
    prompted = bool(tasks[0].prompts)
    if prompted and min_score is not None:
        raise InputError("Expected --min-score without prompts only: what is asked for is given whatever its score.")
    spacing_mm = None if spacing is None else parse_spacing(spacing)

    from ultrasam.inference.batch import segment_files
    from ultrasam.inference.outputs import OutputFolder

    segmenter = load_model(
        model,
        pipeline=pipeline,
        device=device,
        backend=backend,
        precision=precision,
        compiled=compiled,
        input_size=input_size,
        cache=cache,
    )
    if not prompted:
        _check_needs_no_prompts(segmenter)
    folder = OutputFolder(output, kinds, [task.path for task in tasks], segmenter)
    told = 0
    end_as_by_ctrl_c()
    stopped = False
    with progress_bar(quiet=as_json) as progress:
        bar = FileProgress(progress, "Segmenting", len(tasks))
        try:
            results = segment_files(
                segmenter, tasks, frames=frame, spacing_mm=spacing_mm, min_score=min_score, on_plan=bar.plan
            )
            with closing(results), closing(folder.add_each(results)) as each:
                for written in each:
                    bar.advance()
                    _tell(written.failures)
                    told += len(written.failures)
                    for line in [] if as_json else _lines(written):
                        say(progress, line)
        except KeyboardInterrupt:
            stopped = True
        finally:
            document = folder.close()
    _tell(folder.failures[told:])
    failed = {failure.path for failure in folder.failures}
    if as_json:
        out.print_json(json.dumps(document))
    else:
        done = len(tasks) - len(failed) - len(document["not_done"])
        out.print(f"{describe_done(done, len(tasks), segmenter)}; results in {output}", markup=False)
    if stopped:
        err.print("ultrasam: stopped; results.json lists what is done and what is not.")
        raise typer.Exit(130)
    if failed:
        raise typer.Exit(2)


def _tell(failures: Sequence[FileFailure]) -> None:
    for failure in failures:
        err.print(f"{failure.path}: {failure.reason}", style="red", markup=False)


def _lines(written: Written) -> list[str]:
    """What people are told about one frame."""
    from ultrasam.inference.batch import FileFailure

    if isinstance(written.result, FileFailure) or written.records is None:
        return []
    return [describe(record) for record in written.records] or [_describe_nothing(written.result)]


def describe(record: dict[str, object]) -> str:
    """One result as a line for people."""
    parts = [str(record["file"])]
    if record["frames"] != 1:
        parts.append(f"frame {record['frame']} of {record['frames']}")
    parts.append(shorten(str(record["name"] or f"object {record['object']}"), width=60, placeholder="…"))
    parts.append(f"score {record['score']:.2f}")
    area = f"area {record['area_px']:,} px"
    if record["area_mm2"] is None:
        parts.append(f"{area} ({str(record['calibration']).split(';')[0]})")
    else:
        parts.append(f"{area} = {record['area_mm2']:,.1f} mm²")
    return "  ".join(parts)


def _describe_nothing(result: FrameResult) -> str:
    count = len(result.image)
    frame = f"  frame {result.frame.index} of {count}" if count != 1 else ""
    return f"{result.path}{frame}  nothing found"


def _check_needs_no_prompts(segmenter: Segmenter) -> None:
    from ultrasam.inference.automatic import AutomaticSegmenter

    if isinstance(segmenter, AutomaticSegmenter):
        return
    if segmenter.task is None:
        raise PromptError(NO_PROMPT)
    raise InputError(
        "Expected a model of  ultrasam finetune segment  where there is no prompt, but these weights give classes: "
        "see  ultrasam classify."
    )


def describe_done(done: int, files: int, segmenter: Segmenter) -> str:
    """How many files are done, and with which weights."""
    return f"{done} of {files} file{'s'[: files != 1]} done with {describe_weights(segmenter)}"


def describe_weights(segmenter: Segmenter) -> str:
    """Title and licence of the weights."""
    return f"{segmenter.title} (licence {segmenter.checkpoint.metadata.get('licence', 'unknown')})"
