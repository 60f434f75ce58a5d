"""``ultrasam evaluate``: how well a model outlines, protocol by protocol; and the comparison of such runs."""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ultrasam.cli.choices import (
    Backend,
    BackendOption,
    CompiledOption,
    DataOption,
    DeviceOption,
    InputSizeOption,
    ModelOption,
    PipelineOption,
    Precision,
    PrecisionOption,
    RestartOption,
    RunFolderOption,
)
from ultrasam.cli.loading import load_model
from ultrasam.cli.runs import AsJson, print_summary, runs
from ultrasam.cli.terminal import end_as_by_ctrl_c, err, progress_bar
from ultrasam.errors import InputError

if TYPE_CHECKING:
    from rich.progress import Progress

app = typer.Typer(help="Measure a model on annotated images, protocol by protocol; compare runs.")
for command in runs:
    app.command(command.__name__)(command)


@app.callback(invoke_without_command=True)
def evaluate(
    context: typer.Context,
    data: DataOption = None,
    split: Annotated[str, typer.Option(help="Which split: test, val, train, all.")] = "test",
    model: ModelOption = None,
    protocol: Annotated[
        list[str] | None,
        typer.Option(
            "--protocol",
            "-p",
            metavar="NAME",
            help="Suites and protocols, repeated or joined by commas: see 'ultrasam evaluate protocols'. "
            "Default: standard.",
        ),
    ] = None,
    output: RunFolderOption = None,
    predictions: Annotated[
        Path | None,
        typer.Option(metavar="JSON", help="Instead of a model: COCO results, matched to the annotated objects."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of random points and boxes.")] = 0,
    limit: Annotated[
        int, typer.Option(metavar="N", min=0, help="At most N images of each data set, chosen at random. 0: all.")
    ] = 0,
    tolerance_px: Annotated[
        float, typer.Option(min=0, metavar="PX", help="Of the normalised surface Dice, in pixels.")
    ] = 2.0,
    tolerance_mm: Annotated[
        float, typer.Option(min=0, metavar="MM", help="The same in mm, where images are calibrated.")
    ] = 1.0,
    pipeline: PipelineOption = None,
    device: DeviceOption = "auto",
    backend: BackendOption = Backend.torch,
    precision: PrecisionOption = Precision.fp32,
    compiled: CompiledOption = False,
    input_size: InputSizeOption = None,
    restart: RestartOption = False,
    as_json: AsJson = False,
) -> None:
    """Measure a model on annotated images.

    Writes results.json, summary.md, tables.tex and report.html. A run that was stopped goes on where it was: give
    the same command again.
    """
    if context.invoked_subcommand is not None:
        return
    if not data or output is None:
        raise InputError("Expected --data DIR and --out DIR: what to measure on, and where to write the run.")
    from ultrasam.evaluation.data import WHOLE_SET, chosen_images, read_folders
    from ultrasam.evaluation.measuring import evaluate as evaluate_model
    from ultrasam.evaluation.measuring import evaluate_predictions
    from ultrasam.evaluation.metrics.scores import Tolerances
    from ultrasam.evaluation.protocols import parse_protocols
    from ultrasam.weights import DEFAULT

    if predictions is not None and (model is not None or protocol):
        raise InputError("Expected either --predictions or --model with --protocol, but got both.")
    names = [name.strip() for text in protocol or ["standard"] for name in text.split(",") if name.strip()]
    parse_protocols(names)
    folders, left_out = read_folders(data, split)
    for entry in left_out:
        if entry.what == WHOLE_SET:
            err.print(f"Left out: {entry.dataset}. {entry.reason}", style="yellow", markup=False)
    if predictions is not None and len(folders) > 1:
        raise InputError(
            f"Expected one data set with --predictions, as image ids are its own, but got {len(folders)}: "
            f"{', '.join(folder.name for folder in folders)}."
        )

    end_as_by_ctrl_c()
    every = predictions is not None
    planned = sum(len(chosen_images(f, limit=limit, seed=seed, also_without_objects=every)) for f in folders)
    with progress_bar() as bar:
        progress = ImageProgress(bar, planned)
        shared: dict[str, Any] = {
            "seed": seed,
            "limit": limit,
            "tolerances": Tolerances(tolerance_px, tolerance_mm),
            "left_out": left_out,
            "restart": restart,
            "on_image": progress,
        }
        try:
            if predictions is not None:
                summary = evaluate_predictions(predictions, folders[0], output, **shared)
            else:
                segmenter = load_model(
                    model,
                    pipeline=pipeline,
                    device=device,
                    backend=backend,
                    precision=precision,
                    compiled=compiled,
                    input_size=input_size,
                )
                name = model or DEFAULT
                summary = evaluate_model(segmenter, folders, output, protocols=names, name=name, **shared)
        except KeyboardInterrupt:
            err.print(f"ultrasam: stopped after {progress.done} of {planned} images; the same command goes on.")
            raise typer.Exit(130) from None
    print_summary(summary, output, as_json=as_json)


class ImageProgress:
    """The bar over all images; into a log a line every minute, and one when a data set is done."""

    _SECONDS_BETWEEN_LINES = 60

    def __init__(self, bar: Progress, planned: int) -> None:
        self._bar = bar
        self._task = bar.add_task("Evaluating", total=planned)
        self._done: dict[str, int] = {}
        self._left = planned
        self._new = 0
        self._began = self._told = monotonic()

    @property
    def done(self) -> int:
        """Images that are done, those of a former run included."""
        return sum(self._done.values())

    def __call__(self, dataset: str, done: int, of: int) -> None:
        """``done`` images ``of`` a data set are done."""
        step = done - self._done.get(dataset, 0)
        self._left -= step
        if dataset in self._done:
            self._new += step
            self._bar.advance(self._task, step)
        elif done:
            # What a former run did is no measure of the time that is left.
            self._bar.update(self._task, total=self._new + self._left)
        self._done[dataset] = done
        self._bar.update(self._task, description=f"{dataset} {done} of {of}")
        if not err.is_terminal and (done == of or monotonic() - self._told > self._SECONDS_BETWEEN_LINES):
            self._told = monotonic()
            err.print(f"{dataset}: {done} of {of} images done{self._time_left()}", markup=False)

    def _time_left(self) -> str:
        if not self._new or not self._left:
            return ""
        minutes = (monotonic() - self._began) / self._new * self._left / 60
        return f", about {minutes:.0f} min left" if minutes >= 1 else ", under a minute left"
