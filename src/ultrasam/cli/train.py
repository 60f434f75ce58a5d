"""``ultrasam train``: a recipe and annotated images in, weights with a card out."""

from __future__ import annotations

import json
import re
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ultrasam.cli.choices import DataOption, RestartOption, RunFolderOption
from ultrasam.cli.runs import AsJson
from ultrasam.cli.terminal import err, out, progress_bar
from ultrasam.errors import InputError

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from ultrasam.training import TrainingResult
    from ultrasam.training.callbacks.history import Progress
    from ultrasam.training.corpus import TrainingCorpus

_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_UNITS_S = (86_400, 3_600, 60, 1)


def train(
    recipe: Annotated[
        str | None,
        typer.Argument(metavar="RECIPE", help="A name of 'ultrasam train --list', or a YAML file."),
    ] = None,
    data: DataOption = None,
    output: RunFolderOption = None,
    weights: Annotated[
        str | None, typer.Option("--weights", "-w", metavar="NAME|FILE", help="What to start from.")
    ] = None,
    what: Annotated[
        str | None, typer.Option("--train", metavar="PART", help="What is trained: all, decoder, lora, adapters.")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Optimiser steps.")] = None,
    values: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Any other value of the recipe: --set optimiser.lr=1e-4."),
    ] = None,
    max_time: Annotated[
        str | None, typer.Option(metavar="TIME", help="End after 10m, 2h30m, 1d; the same command goes on.")
    ] = None,
    restart: RestartOption = False,
    show: Annotated[bool, typer.Option("--show", help="Print the whole recipe as YAML, and train nothing.")] = False,
    list_recipes: Annotated[bool, typer.Option("--list", help="List the recipes.")] = False,
    as_json: AsJson = False,
) -> None:
    """Train a model by a recipe.

    Writes the best weights (model.safetensors, with MODEL_CARD.md), the recipe as it was run, the history and
    TensorBoard's curves. A run that was stopped goes on where it was: give the same command again.
    """
    from ultrasam.training import read_recipe, recipe_names
    from ultrasam.training import train as run
    from ultrasam.training.processes import is_first_process

    if list_recipes:
        for name in recipe_names():
            out.print(name)
        return
    chosen = [f"data.folders={_quoted([str(path) for path in data])}"] if data else []
    chosen += [f"model.weights={_quoted(weights)}"] if weights else []
    chosen += [f"trainable.what={_quoted(what)}"] if what else []
    chosen += [f"run.steps={steps}"] if steps else []
    if recipe is None and not (chosen or values or show):
        raise InputError(
            "Expected a recipe or --data DIR: 'ultrasam train --list' names the recipes, 'ultrasam train --help' all "
            "options."
        )
    settings = read_recipe(recipe, overrides=[*chosen, *(values or [])])
    if show:
        out.print(settings.to_yaml(), end="", markup=False)
        return
    if output is None:
        raise InputError("Expected --out DIR: where to write the run.")
    if not settings.data.folders:
        raise InputError("Expected --data DIR, or data.folders in the recipe: what to train on.")
    seconds = None if max_time is None else seconds_of(max_time)
    with progress_bar() as bar:
        steps_bar = StepProgress(bar, settings.run.steps)
        result = run(
            settings,
            output,
            max_seconds=seconds,
            restart=restart,
            on_progress=steps_bar,
            on_embedding=EmbeddingProgress(bar),
            on_corpus=_tell_corpus,
        )
    if is_first_process():
        _tell_result(result, as_json=as_json)
    if result.interrupted:
        raise typer.Exit(130)


def _quoted(value: str | list[str]) -> str:
    """As YAML that reads back as it is, whatever signs are in it."""
    return json.dumps(value, ensure_ascii=False)


def seconds_of(text: str) -> float:
    """``"1h30m"`` in seconds.

    Raises:
        InputError: it is no duration.
    """
    found = _DURATION.fullmatch(text.strip())
    if not found or not any(found.groups()):
        raise InputError(f"Expected a time such as 90s, 10m, 2h30m or 1d, but got {text!r}.")
    return float(sum(int(number or 0) * unit for number, unit in zip(found.groups(), _UNITS_S, strict=True)))


class StepProgress:
    """The bar over all steps; into a log a line every minute, and one for each validation."""

    _SECONDS_BETWEEN_LINES = 60

    def __init__(self, bar: Bar, steps: int) -> None:
        self._bar = bar
        self._steps = steps
        self._task: TaskID | None = None
        self._told = monotonic()

    def __call__(self, progress: Progress) -> None:
        """A step is done."""
        if self._task is None:
            self._task = self._bar.add_task("Training", total=self._steps)
        loss, dice = progress.values.get("loss"), progress.values.get("val/dice")
        parts = [] if loss is None else [f"loss {loss:.3f}"]
        parts += [] if dice is None else [f"validation Dice {dice:.3f}"]
        parts += [f"{progress.images_per_second:.1f} images/s"] if progress.images_per_second else []
        text = ", ".join(parts)
        self._bar.update(self._task, completed=progress.step, description=f"Training: {text}" if text else "Training")
        if not err.is_terminal and (progress.validated or monotonic() - self._told > self._SECONDS_BETWEEN_LINES):
            self._told = monotonic()
            err.print(f"step {progress.step} of {self._steps}: {text}", markup=False)


class EmbeddingProgress:
    """The bar over the images whose embeddings are computed first, where the encoder is frozen."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._task: TaskID | None = None

    def __call__(self, done: int, of: int) -> None:
        """``done`` images ``of`` all are embedded."""
        if self._task is None:
            self._task = self._bar.add_task("Embedding images", total=of)
        self._bar.update(self._task, completed=done)
        if not err.is_terminal and (done == of or done % 500 == 0):
            err.print(f"{done} of {of} images embedded", markup=False)


def _tell_corpus(corpus: TrainingCorpus, step: int) -> None:
    from ultrasam.training.corpus import counted, describe

    err.print(
        f"Training on {describe(corpus.train_folders)}; the weights are chosen by "
        f"{counted(len(corpus.val), 'validation image')}.",
        markup=False,
    )
    if corpus.left_out:
        first = corpus.left_out[0]
        err.print(
            f"Left out: {len(corpus.left_out)}, the first: {first.dataset}, {first.what}. {first.reason}",
            style="yellow",
            markup=False,
        )
    if step:
        err.print(f"Goes on at step {step}.", markup=False)


def _tell_result(result: TrainingResult, *, as_json: bool) -> None:
    if as_json:
        facts: dict[str, Any] = {
            "folder": str(result.folder),
            "step": result.step,
            "steps": result.steps,
            "stopped": result.stopped,
            "best_step": result.best_step,
            "best": result.best,
            "weights": None if result.weights is None else str(result.weights),
        }
        out.print_json(data=facts)
        return
    if result.stopped:
        out.print(
            f"Stopped after step {result.step} of {result.steps}, as {result.stopped}; the same command goes on.",
            markup=False,
        )
    else:
        out.print(f"Done: {result.steps} steps.", markup=False)
    if result.weights is not None:
        kinds = {name.removeprefix("val/"): value for name, value in result.best.items() if name.count("/") == 1}
        told = ", ".join(f"{name.replace('_', ' ')} {value:.3f}" for name, value in kinds.items())
        out.print(f"Best at step {result.best_step}, on validation images: {told}", markup=False)
        out.print(f"Weights: {result.weights}", markup=False)
        out.print(f"Use them: ultrasam segment IMAGE --model {result.weights}", markup=False)
