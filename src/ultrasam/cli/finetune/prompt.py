"""``ultrasam finetune prompt``: a promptable model, trained further on one's own structures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ultrasam.cli.choices import RestartOption, RunFolderOption
from ultrasam.cli.evaluate import ImageProgress
from ultrasam.cli.finetune import options
from ultrasam.cli.finetune.composing import given_names, recipe_of_run, tell_choices
from ultrasam.cli.finetune.running import interval, number, tell_examples
from ultrasam.cli.progress import ImageCount, StepProgress
from ultrasam.cli.runs import AsJson
from ultrasam.cli.terminal import err, out, progress_bar
from ultrasam.cli.train import tell_result, tell_use, training_facts
from ultrasam.cli.words import seconds_of
from ultrasam.errors import InputError
from ultrasam.files import without_nan

if TYPE_CHECKING:
    from ultrasam.downstream.adapting import Adaptation
    from ultrasam.downstream.data import ExampleSet
    from ultrasam.training import Recipe

#: Of a recipe for training, values that are about reading a user's data.
_READING = "data.reading."


def prompt(
    data: options.Data = None,
    output: RunFolderOption = None,
    weights: Annotated[
        str | None,
        typer.Option(
            "--weights",
            "-w",
            metavar="NAME|FILE",
            help="Promptable weights to start from: a name of 'ultrasam weights list', or a file.",
            rich_help_panel="Training",
        ),
    ] = None,
    train: Annotated[
        str | None,
        typer.Option(
            "--train",
            metavar="PART",
            help="What is trained: all, decoder (the encoder stays), lora, adapters.",
            rich_help_panel="Training",
        ),
    ] = None,
    steps: options.Steps = None,
    seed: options.Seed = None,
    input_size: options.InputSize = None,
    values: options.Values = None,
    recipe: Annotated[
        str | None,
        typer.Option(
            "--recipe",
            metavar="NAME|YAML",
            help="A whole recipe of 'ultrasam train'; nothing is chosen by itself then.",
            rich_help_panel="Training",
        ),
    ] = None,
    masks: options.Masks = None,
    patient: options.Patient = None,
    classes: options.Classes = None,
    image_column: options.ImageColumn = None,
    split_column: options.SplitColumn = None,
    share: options.Share = None,
    leave_out_unusable: options.LeaveOutUnusable = False,
    max_time: options.MaxTime = None,
    restart: RestartOption = False,
    show: options.Show = False,
    as_json: AsJson = False,
) -> None:
    """Adapt the promptable model to your own structures, from some 20 images up.

    Then asks the model as it was and as it is now about the test images, and reports what was gained. A run that was
    stopped goes on where it was: give the same command again.
    """
    seconds = None if max_time is None else seconds_of(max_time)
    if not show and output is None:
        raise InputError("Expected --out DIR: where to write the run.")
    if data is None:
        raise InputError("Expected --data DIR|FILE: what to learn from.")
    about_data = options.data_values(
        data=None,
        masks=masks,
        patient=patient,
        classes=classes,
        image_column=image_column,
        split_column=split_column,
        share=share,
        leave_out_unusable=leave_out_unusable,
    )
    about_training = [
        *options.training_values(weights=weights, train=train, steps=steps, seed=seed, input_size=input_size),
        *(value for value in values or [] if not value.startswith(_READING)),
    ]
    about_data += [value for value in values or [] if value.startswith(_READING)]
    examples = _read(data, about_data, check=not show)
    settings = _recipe(recipe, about_training, examples, None if restart else output)
    if show:
        out.print(settings.to_yaml(), end="", markup=False)
        return
    folder = Path(output or "")
    from ultrasam.downstream.adapting import adapt
    from ultrasam.training.processes import is_first_process

    with progress_bar() as bar:
        found = adapt(
            settings,
            examples,
            folder,
            max_seconds=seconds,
            restart=restart,
            on_progress=StepProgress(bar, settings.run.steps),
            on_embedding=ImageCount(bar, "Embedding images", "images embedded"),
            on_test=ImageProgress(bar, 2 * len(examples.part("test"))),
        )
    if is_first_process():
        _tell(found, folder, as_json=as_json)
    if found.training.interrupted:
        raise typer.Exit(130)


def _read(data: Path, values: list[str], *, check: bool) -> ExampleSet:
    from ultrasam.downstream import read_finetune_recipe
    from ultrasam.downstream.data import read_examples

    # How data are read is said as in the recipes of the other commands.
    reading = read_finetune_recipe(overrides=["task=instance", *values]).data.reading
    if not check:
        reading = reading.model_copy(update={"check": False})
    with progress_bar() as bar:
        count = ImageCount(bar, "Checking", "images and masks checked")
        examples = read_examples(data, "instance", options=reading, on_image=count)
    if check:
        tell_examples(examples)
    return examples


def _recipe(name: str | None, values: list[str], examples: ExampleSet, output: Path | None) -> Recipe:
    """The user's values, and what is chosen for the rest; of a run that goes on, what it began with."""
    from ultrasam.downstream.choices import chosen_before
    from ultrasam.downstream.machine import this_machine
    from ultrasam.downstream.prompt_defaults import CHOSEN_FOR_PROMPTS, choose_for_prompts
    from ultrasam.training import read_recipe
    from ultrasam.weights import load_network

    if name is not None:
        return read_recipe(name, overrides=values)
    given = given_names(values)
    kept = None if output is None else recipe_of_run(output, read_recipe)
    if kept is not None:
        choices = chosen_before(kept, given, CHOSEN_FOR_PROMPTS)
        return read_recipe(overrides=[*(choice.override for choice in choices), *values])
    said = read_recipe(overrides=values)
    machine = this_machine(said.run.accelerator)
    images = len(examples.part("train"))
    _, checkpoint = load_network(said.model.weights)
    choices = choose_for_prompts(said, given, images=images, input_size=checkpoint.input_size, machine=machine)
    tell_choices(choices, images, machine)
    return read_recipe(overrides=[*(choice.override for choice in choices), *values])


def _tell(found: Adaptation, folder: Path, *, as_json: bool) -> None:
    from rich.table import Table

    from ultrasam.downstream.adapting import TEST

    comparison = found.comparison
    if as_json:
        tests = () if comparison is None else comparison.tests
        gains: list[dict[str, Any]] = [
            {
                "protocol": test.protocol,
                "difference": test.difference.mean,
                "low": test.difference.low,
                "high": test.difference.high,
                "p": test.adjusted_p,
                "patients": test.pairs,
            }
            for test in tests
        ]
        out.print_json(data=without_nan({**training_facts(found.training), "gains": gains}))
        return
    tell_result(found.training)
    tell_use(found.training)
    if comparison is None:
        return
    after, before = comparison.summaries
    table = Table("Dice on test images", "before", "after", "gain", "95 % interval", "p")
    for test in comparison.tests:
        means = [
            result.estimates["dice"].mean
            for summary in (before, after)
            if (result := summary.datasets[0].result(test.protocol)) is not None
        ]
        table.add_row(
            test.protocol,
            *(f"{mean:.3f}" for mean in means),
            number(test.difference.mean, "+.3f"),
            interval(test.difference, "+.3f"),
            number(test.adjusted_p, ".3f"),
        )
    out.print(table)
    for warning in comparison.warnings:
        err.print(warning, style="yellow", markup=False)
    out.print(f"Report: {folder / TEST / 'comparison.html'}", markup=False)
