"""One command's way: recipe, training, test, and what its user is told."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ultrasam.cli.finetune.composing import Words, compose
from ultrasam.cli.progress import ImageCount, StepProgress
from ultrasam.cli.terminal import err, out, progress_bar
from ultrasam.cli.train import tell_result, training_facts
from ultrasam.cli.words import seconds_of
from ultrasam.errors import InputError
from ultrasam.files import without_nan

if TYPE_CHECKING:
    from ultrasam.downstream import FinetuneRecipe
    from ultrasam.downstream.data import ExampleSet
    from ultrasam.downstream.testing import TestResult
    from ultrasam.evaluation.statistics.bootstrap import Estimate
    from ultrasam.training import TrainingResult

#: Folder of the test in a run's folder.
_TEST = "test"
_PARTS = {"train": "to train on", "val": "to choose the best weights by", "test": "to test on"}
_MOST_TOLD = 3
_USAGE = {
    "classification": "ultrasam classify IMAGE --model {run}",
    "regression": "ultrasam classify IMAGE --model {run}",
    "semantic": "ultrasam segment IMAGE --model {run}",
    "instance": "ultrasam segment IMAGE --model {run}",
}


def run(words: Words, *, max_time: str | None, show: bool, as_json: bool) -> None:
    """Train by the user's words, test, and tell.

    Raises:
        InputError: what cannot be done, said before anything begins.
        typer.Exit: the run was interrupted.
    """
    from ultrasam.downstream.data import read_examples

    seconds = None if max_time is None else seconds_of(max_time)
    if not show and words.output is None:
        raise InputError("Expected --out DIR: where to write the run.")

    def read(recipe: FinetuneRecipe) -> ExampleSet:
        options = recipe.data.reading.model_copy(update={"check": False}) if show else recipe.data.reading
        with progress_bar() as bar:
            count = ImageCount(bar, "Checking", "images and masks checked")
            return read_examples(recipe.data.path, recipe.task, options=options, on_image=count)

    recipe, examples = compose(words, read)
    if show:
        out.print(recipe.to_yaml(), end="", markup=False)
        return
    folder = Path(words.output or "")
    examples = examples or read(recipe)
    tell_examples(examples)
    from ultrasam.downstream import finetune
    from ultrasam.downstream.testing import test
    from ultrasam.training.processes import is_first_process

    with progress_bar() as bar:
        result = finetune(
            recipe,
            folder,
            max_seconds=seconds,
            restart=words.restart,
            examples=examples,
            on_progress=StepProgress(bar, recipe.run.steps, ("val/score", "validation score")),
            on_embedding=ImageCount(bar, "Computing features", "images encoded"),
            on_examples=_tell_step,
        )
    if not is_first_process():
        return
    tested = None
    if result.stopped is None and result.weights is not None and examples.part("test"):
        with progress_bar() as bar:
            tested = test(
                folder,
                examples.part("test"),
                examples.classes,
                out=folder / _TEST,
                left_out=examples.left_out,
                split_report=examples.split_report,
                on_image=ImageCount(bar, "Testing", "test images answered"),
            )
    if as_json:
        out.print_json(data=without_nan(_facts(result, tested)))
    else:
        tell_result(result)
        if tested is not None:
            _tell_test(tested)
        if result.weights is not None:
            asking = " --box X0,Y0,X1,Y1" if recipe.is_prompted else ""
            out.print(f"Use it: {_USAGE[recipe.task].format(run=folder)}{asking}", markup=False)
    if result.interrupted:
        raise typer.Exit(130)


def tell_examples(examples: ExampleSet) -> None:
    """What is learnt from, and what should be known about it."""
    parts = ", ".join(f"{len(examples.part(part)):,} {use}" for part, use in _PARTS.items())
    err.print(f"{examples.name}: images {parts}. {examples.split_report}", markup=False)
    what = "Values" if any(example.values is not None for example in examples.examples) else "Classes"
    err.print(f"{what}: {', '.join(examples.classes)}", markup=False)
    for entry in examples.left_out[:_MOST_TOLD]:
        err.print(f"Note: {entry.what}: {entry.reason}", style="yellow", markup=False)
    if len(examples.left_out) > _MOST_TOLD:
        err.print(f"… and {len(examples.left_out) - _MOST_TOLD} notes more, all in the report.", style="yellow")


def _tell_step(examples: ExampleSet, step: int) -> None:
    del examples
    if step:
        err.print(f"Goes on at step {step}.", markup=False)


def _tell_test(tested: TestResult) -> None:
    from rich.table import Table

    from ultrasam.downstream.testing.report import REPORT

    patients = f"{tested.patients:,} patients" if tested.patients < tested.cases else "as many patients"
    table = Table("", "", "95 % interval", title=f"Test: {tested.images:,} images, {patients}", title_justify="left")
    # Values of a regression are of any size, shares from 0 to 1.
    digits = ".4g" if tested.kind == "regression" else ".3f"
    for name, estimate in tested.overall.items():
        table.add_row(
            name.replace("_", " "),
            number(estimate.mean, digits),
            interval(estimate, digits),
        )
    out.print(table)
    for note in tested.notes:
        err.print(note, style="yellow", markup=False)
    out.print(f"Report: {tested.folder / REPORT}", markup=False)


def number(value: float, form: str) -> str:
    """A number by a format; a dash where it is not defined."""
    return "–" if math.isnan(value) else f"{value:{form}}"


def interval(estimate: Estimate, form: str) -> str:
    """The interval of an estimate; a dash where there is none."""
    return "–" if math.isnan(estimate.low) else f"{estimate.low:{form}} to {estimate.high:{form}}"


def _facts(result: TrainingResult, tested: TestResult | None) -> dict[str, Any]:
    from ultrasam.downstream.testing.result import RESULTS

    return {
        **training_facts(result),
        "ended_early": result.ended_early,
        "test": None if tested is None else json.loads((tested.folder / RESULTS).read_text(encoding="utf-8")),
    }
