"""``ultrasam benchmark``: what each backend and precision costs on this machine."""

from __future__ import annotations

import re
import shlex
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from ultrasam.cli.choices import DeviceOption, InputSizeOption, ModelOption, PipelineOption
from ultrasam.cli.terminal import end_as_by_ctrl_c, err, out, progress_bar
from ultrasam.errors import InputError

#: More images than these say nothing more about speed.
_MOST_IMAGES = 20


def benchmark(
    files: Annotated[
        list[str] | None,
        typer.Argument(help="Your own images; folders and globs too. Left out: a made image of 800 x 600 pixels."),
    ] = None,
    model: ModelOption = None,
    pipeline: PipelineOption = None,
    device: DeviceOption = "auto",
    backend: Annotated[
        list[str] | None,
        typer.Option(
            "--backend", metavar="NAME", help="torch, onnxruntime, openvino; repeat it. Default: all installed."
        ),
    ] = None,
    precision: Annotated[
        list[str] | None,
        typer.Option(
            "--precision",
            metavar="NAME",
            help="fp32, bf16, fp16, int8; repeat it. Default: all that make sense on this machine.",
        ),
    ] = None,
    compiled: Annotated[
        bool, typer.Option("--compiled", help="Try torch's compiler too; on a GPU it is always tried.")
    ] = False,
    input_size: InputSizeOption = None,
    prompts: Annotated[
        list[int] | None,
        typer.Option("--prompts", min=1, metavar="N", help="Prompts asked at once; repeat it. Default: 1 and 64."),
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, metavar="N", help="Turns of each combination.")] = 3,
    runs: Annotated[int, typer.Option(min=1, metavar="N", help="Times taken in each turn.")] = 5,
    quick: Annotated[
        bool, typer.Option("--quick", help="One round of two runs, 1 and 8 prompts, with the graphs of your cache.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Write the report too: .md, or .json with all numbers."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all numbers as JSON instead of Markdown.")] = False,
) -> None:
    """Measure this machine: images per second, milliseconds per prompt and memory of each backend, and agreement."""
    if output is not None and output.suffix not in (".md", ".json"):
        raise InputError(f"Expected --out as a file that ends in .md or .json, but got {output.name!r}.")

    from ultrasam.backends import BACKENDS, PRECISIONS, choose
    from ultrasam.benchmarking.abilities import abilities, taken_by_auto
    from ultrasam.benchmarking.combinations import plan
    from ultrasam.benchmarking.machine import examine
    from ultrasam.benchmarking.questions import Questions, images_and_boxes
    from ultrasam.benchmarking.report import markdown
    from ultrasam.benchmarking.result import result_of
    from ultrasam.benchmarking.running import Benchmark
    from ultrasam.files import written_whole
    from ultrasam.imaging import expand_paths
    from ultrasam.weights import DEFAULT

    _check_names(backend, BACKENDS, "--backend")
    _check_names(precision, PRECISIONS, "--precision")
    paths = expand_paths(files) if files else []
    if len(paths) > _MOST_IMAGES:
        err.print(f"Of {len(paths)} images the first {_MOST_IMAGES} are taken.", style="yellow")
    images, boxes = images_and_boxes(paths[:_MOST_IMAGES])
    questions = Questions(
        weights=model or DEFAULT,
        device=device,
        input_size=input_size,
        pipeline=None if pipeline is None else pipeline.value,
        images=images,
        boxes=boxes,
        images_made=not paths,
        prompt_counts=tuple(dict.fromkeys(prompts or ((1, 8) if quick else (1, 64)))),
        rounds=1 if quick else rounds,
        runs=2 if quick else runs,
        fresh_graphs=not quick,
    )
    machine = examine()
    target = choose("torch", "fp32", device).device
    planned = plan(abilities(machine, target), backend or (), precision or (), compiled=compiled)

    end_as_by_ctrl_c()
    with progress_bar(quiet=as_json) as progress:
        bar = progress.add_task("Measuring")

        def on_turn(words: str, done: int, of: int) -> None:
            progress.update(bar, description=f"Measuring {words}", completed=done, total=of)
            if not err.is_terminal:
                err.print(f"{done + 1} of {of}: {words}", markup=False)

        running = Benchmark(questions, planned.combinations, on_turn)
        # What was measured until it was stopped is shown.
        with suppress(KeyboardInterrupt):
            running.run()
    result = result_of(running, planned, machine, _command(), taken_by_auto(device))
    if output is not None:
        with written_whole(output) as temporary:
            text = markdown(result) if output.suffix == ".md" else f"{result.to_json()}\n"
            temporary.write_text(text, encoding="utf-8")
    out.print(result.to_json() if as_json else markdown(result), markup=False)
    if output is not None:
        err.print(f"Written: {output}", markup=False)
    if not result.complete:
        err.print("ultrasam: stopped; what was measured until then is shown.")
        raise typer.Exit(130)
    if not result.rows:
        raise typer.Exit(2)


def _check_names(given: list[str] | None, known: tuple[str, ...], option: str) -> None:
    unknown = [name for name in given or [] if name not in known]
    if unknown:
        raise InputError(f"Expected {option} with any of {', '.join(known)}, but got {unknown[0]!r}.")


def _command() -> str:
    """The command line, in which of files only the names are left: a report is to be shown to others."""
    return shlex.join(["ultrasam", *map(_without_folders, sys.argv[1:])])


def _without_folders(word: str) -> str:
    option, equals, value = word.partition("=") if word.startswith("-") else ("", "", word)
    return option + equals + re.split(r"[\\/]", value.rstrip("\\/"))[-1]
