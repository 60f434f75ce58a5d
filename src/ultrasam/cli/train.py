"""``ultrasam train``: a recipe and annotated images in, weights with a card out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ultrasam.cli.choices import DataOption, RestartOption, RunFolderOption
from ultrasam.cli.progress import ImageCount, StepProgress
from ultrasam.cli.runs import AsJson
from ultrasam.cli.terminal import err, out, progress_bar
from ultrasam.cli.words import quoted, seconds_of
from ultrasam.errors import InputError

if TYPE_CHECKING:
    from ultrasam.training import TrainingResult
    from ultrasam.training.corpus import TrainingCorpus


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
    if list_recipes:
        from ultrasam.training import recipe_names

        for name in recipe_names():
            out.print(name)
        return
    from ultrasam.training import read_recipe

    chosen = [f"data.folders={quoted([str(path) for path in data])}"] if data else []
    chosen += [f"model.weights={quoted(weights)}"] if weights else []
    chosen += [f"trainable.what={quoted(what)}"] if what else []
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
    from ultrasam.training import train as run
    from ultrasam.training.processes import is_first_process

    with progress_bar() as bar:
        steps_bar = StepProgress(bar, settings.run.steps)
        result = run(
            settings,
            output,
            max_seconds=seconds,
            restart=restart,
            on_progress=steps_bar,
            on_embedding=ImageCount(bar, "Embedding images", "images embedded"),
            on_corpus=_tell_corpus,
        )
    if is_first_process():
        if as_json:
            out.print_json(data=training_facts(result))
        else:
            tell_result(result)
            tell_use(result)
    if result.interrupted:
        raise typer.Exit(130)


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


def training_facts(result: TrainingResult) -> dict[str, Any]:
    """What came of a run, for JSON."""
    return {
        "folder": str(result.folder),
        "step": result.step,
        "steps": result.steps,
        "stopped": result.stopped,
        "best_step": result.best_step,
        "best": result.best,
        "weights": None if result.weights is None else str(result.weights),
    }


def tell_result(result: TrainingResult) -> None:
    """What came of a run of any kind, for people."""
    if result.stopped:
        out.print(
            f"Stopped after step {result.step} of {result.steps}, as {result.stopped}; the same command goes on.",
            markup=False,
        )
    elif result.ended_early:
        out.print(f"Done after {result.step} of {result.steps} steps: validation was not better any more.")
    else:
        out.print(f"Done: {result.steps} steps.", markup=False)
    if result.weights is not None:
        kinds = {name.removeprefix("val/"): value for name, value in result.best.items() if name.count("/") == 1}
        told = ", ".join(f"{name.replace('_', ' ')} {value:.3f}" for name, value in kinds.items())
        out.print(f"Best at step {result.best_step}, on validation images: {told}", markup=False)
        out.print(f"Weights: {result.weights}", markup=False)


def tell_use(result: TrainingResult) -> None:
    """How a promptable model is used, if there is one already."""
    if result.weights is not None:
        out.print(f"Use them: ultrasam segment IMAGE --model {result.weights}", markup=False)
