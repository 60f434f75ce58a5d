"""``ultrasam segment``: files and prompts in, masks out."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Annotated

import typer

from ultrasam.cli.choices import DeviceOption, Dtype, DtypeOption, InputSizeOption, ModelOption, PipelineOption
from ultrasam.cli.loading import load_model
from ultrasam.cli.terminal import end_as_by_ctrl_c, err, out, progress_bar, say
from ultrasam.cli.words import parse_formats, parse_prompts, parse_spacing
from ultrasam.errors import InputError, PromptError, UltraSamError

if TYPE_CHECKING:
    from ultrasam.inference.batch import FileTask
    from ultrasam.inference.segmenter import Segmenter


def segment(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            help="Images, cines, volumes; folders (searched through) and globs too. "
            "May be left out where --prompts names them."
        ),
    ] = None,
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
    frame: Annotated[
        str | None,
        typer.Option(metavar="N", help="Frame of a cine or slice of a volume: 3, all, 0:20:2. Default: 0."),
    ] = None,
    spacing: Annotated[
        str | None,
        typer.Option(metavar="MM[,MM]", help="Pixel spacing in mm (x, y), instead of what the file says."),
    ] = None,
    model: ModelOption = None,
    pipeline: PipelineOption = None,
    device: DeviceOption = "auto",
    dtype: DtypeOption = Dtype.float32,
    input_size: InputSizeOption = None,
    cache: Annotated[bool, typer.Option(help="Keep image embeddings, so that no image is encoded twice.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print results.json instead of lines for people.")] = False,
) -> None:
    """Outline structures in ultrasound images from boxes, points or masks."""
    kinds = parse_formats(",".join(formats or ["png", "overlay"]))
    tasks = _tasks(files or [], box or [], point or [], mask, prompts, output)
    spacing_mm = None if spacing is None else parse_spacing(spacing)

    from ultrasam.inference.batch import FileFailure, segment_files
    from ultrasam.inference.outputs import OutputFolder

    segmenter = load_model(model, pipeline=pipeline, device=device, dtype=dtype, input_size=input_size, cache=cache)
    folder = OutputFolder(output, kinds, [task.path for task in tasks], segmenter)
    told = 0

    def tell_failures() -> None:
        nonlocal told
        for failure in folder.failures[told:]:
            err.print(f"{failure.path}: {failure.reason}", style="red", markup=False)
        told = len(folder.failures)

    end_as_by_ctrl_c()
    stopped = False
    with progress_bar(quiet=as_json) as progress:
        bar = progress.add_task("Segmenting", total=len(tasks))

        def plan(frames: int) -> None:
            progress.update(bar, total=(progress.tasks[bar].total or 0) + frames - 1)

        try:
            for result in segment_files(segmenter, tasks, frames=frame, spacing_mm=spacing_mm, on_plan=plan):
                progress.advance(bar)
                records = []
                try:
                    if isinstance(result, FileFailure):
                        folder.fail(result)
                    else:
                        records = folder.add(result)
                except (UltraSamError, OSError) as error:
                    folder.fail(FileFailure(result.path, str(error)))
                tell_failures()
                for record in [] if as_json else records:
                    say(progress, describe(record))
        except KeyboardInterrupt:
            stopped = True
        finally:
            document = folder.close()
    tell_failures()
    failed = {failure.path for failure in folder.failures}
    if as_json:
        out.print_json(json.dumps(document))
    else:
        done = len(tasks) - len(failed) - len(document["not_done"])
        files_done = f"{done} of {len(tasks)} file{'s'[: len(tasks) != 1]} done"
        out.print(f"{files_done} with {describe_weights(segmenter)}; results in {output}", markup=False)
    if stopped:
        err.print("ultrasam: stopped; results.json lists what is done and what is not.")
        raise typer.Exit(130)
    if failed:
        raise typer.Exit(2)


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


def describe_weights(segmenter: Segmenter) -> str:
    """Title and licence of the weights."""
    metadata = segmenter.checkpoint.metadata
    return f"{metadata.get('title', segmenter.checkpoint.format)} (licence {metadata.get('licence', 'unknown')})"


def _tasks(
    files: list[str],
    boxes: list[str],
    points: list[str],
    mask: Path | None,
    prompts: Path | None,
    output: Path,
) -> list[FileTask]:
    """What to do with each file; everything that can be wrong with the prompts is found here, at once."""
    from ultrasam.imaging import expand_paths
    from ultrasam.inference.batch import FileTask
    from ultrasam.inference.prompt_file import PromptFile

    shared = parse_prompts(boxes, points, mask)
    by_file = None if prompts is None else PromptFile.read(prompts)
    if not shared and by_file is None:
        raise PromptError("Expected a prompt: give --box X0,Y0,X1,Y1, --point X,Y, --mask FILE or --prompts FILE.")
    names = files or (by_file.files() if by_file else [])
    if not names:
        raise InputError("Expected files to segment: name images, folders or globs.")
    paths = _without_former_results(expand_paths(names), names, output)
    tasks = [FileTask(path, (*shared, *(by_file.for_file(path) if by_file else ()))) for path in paths]
    for key in by_file.keys_without(paths) if by_file else []:
        err.print(f"No file fits the key {key!r} in {prompts}.", style="yellow", markup=False)
    wanted = [task for task in tasks if task.prompts]
    if not wanted:
        raise PromptError(f"Expected prompts for these files in {prompts}, but no key fits any of them.")
    if len(wanted) < len(tasks):
        count = len(tasks) - len(wanted)
        err.print(f"Left out, as {prompts} has no prompt for them: {count} of {len(tasks)} files.", markup=False)
    return wanted


def _without_former_results(paths: list[Path], names: list[str], output: Path) -> list[Path]:
    """All files but those that were only found because the output folder lies in a folder that is searched."""
    folder, named = os.path.abspath(output), {os.path.abspath(name) for name in names}  # noqa: PTH100
    # Of a pattern, the folder that it searches: what stands before its first sign.
    searched = {re.sub(r"[\\/][^\\/]*[*?[].*", "", name) for name in named}
    if not any(_is_below(folder, root) for root in searched):
        return paths
    absolute = {path: os.path.abspath(path) for path in paths}  # noqa: PTH100
    return [path for path, file in absolute.items() if file in named or not _is_below(file, folder)]


def _is_below(path: str, folder: str) -> bool:
    return Path(folder) in Path(path).parents
