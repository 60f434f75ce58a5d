"""``ultrasam finetune classify``: classes or numbers of images, or of the objects that a prompt shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ultrasam.cli.choices import RestartOption, RunFolderOption
from ultrasam.cli.finetune import options
from ultrasam.cli.finetune.composing import Words
from ultrasam.cli.finetune.running import run
from ultrasam.cli.runs import AsJson
from ultrasam.cli.words import quoted
from ultrasam.errors import InputError

if TYPE_CHECKING:
    from ultrasam.modeling.heads.config import TaskKind


def classify(
    data: options.Data = None,
    output: RunFolderOption = None,
    label: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN", help="A table's column of classes; several columns hold 0 or 1.", rich_help_panel="Data"
        ),
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="A column of numbers to predict, instead of classes. Repeat it for more.",
            rich_help_panel="Data",
        ),
    ] = None,
    several: Annotated[
        bool, typer.Option("--several", help="An image may have any number of classes.", rich_help_panel="Data")
    ] = False,
    prompted: Annotated[
        bool,
        typer.Option("--prompted", help="The class of an object that a box, points or a mask show, not of the image."),
    ] = False,
    pooling: Annotated[
        str | None, typer.Option(metavar="NAME", help="How an image becomes a vector: average or attention.")
    ] = None,
    weights: options.Weights = None,
    train: options.Train = None,
    steps: options.Steps = None,
    seed: options.Seed = None,
    input_size: options.InputSize = None,
    values: options.Values = None,
    recipe: options.RecipeFile = None,
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
    """Learn the classes of images, or numbers.

    Data are split by patient where they come without parts, checked, learnt from and tested; the run's folder has
    the weights, the curves and a report. A run that was stopped goes on where it was: give the same command again.
    """
    if target and (several or label):
        raise InputError("Expected --target for numbers, or --label and --several for classes, but got both.")
    chosen = [
        *options.data_values(
            data=data,
            patient=patient,
            classes=classes,
            image_column=image_column,
            split_column=split_column,
            share=share,
            leave_out_unusable=leave_out_unusable,
        ),
        *options.values_of(data__reading__label_column=label, head__pooling=pooling),
        *([f"data.reading.targets={quoted(target)}"] if target else []),
        *(["data.reading.several=true"] if several else []),
        *(["head.kind=prompted"] if prompted else []),
        *options.training_values(weights=weights, train=train, steps=steps, seed=seed, input_size=input_size),
        *(values or []),
    ]
    tasks: tuple[TaskKind, ...] = ("regression",) if target else ("classification",)
    if recipe is not None and not target:
        tasks = ("classification", "regression")
    run(Words(tasks, tuple(chosen), recipe, output, restart), max_time=max_time, show=show, as_json=as_json)
