"""``ultrasam finetune segment``: outlines without prompts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ultrasam.cli.choices import RestartOption, RunFolderOption
from ultrasam.cli.finetune import options
from ultrasam.cli.finetune.composing import Words
from ultrasam.cli.finetune.running import run
from ultrasam.cli.runs import AsJson

if TYPE_CHECKING:
    from ultrasam.modeling.heads.config import TaskKind


def segment(
    data: options.Data = None,
    output: RunFolderOption = None,
    semantic: Annotated[
        bool | None,
        typer.Option(
            "--semantic/--instance",
            help="A class for each pixel, or each object by itself. Default: by the data; where hardly an image has "
            "two objects of one class, semantic.",
        ),
    ] = None,
    weights: options.Weights = None,
    train: options.Train = None,
    steps: options.Steps = None,
    seed: options.Seed = None,
    input_size: options.InputSize = None,
    values: options.Values = None,
    recipe: options.RecipeFile = None,
    masks: options.Masks = None,
    patient: options.Patient = None,
    classes: options.Classes = None,
    image_column: options.ImageColumn = None,
    mask_column: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="A table's column of mask files.", rich_help_panel="Data")
    ] = None,
    split_column: options.SplitColumn = None,
    share: options.Share = None,
    leave_out_unusable: options.LeaveOutUnusable = False,
    max_time: options.MaxTime = None,
    restart: RestartOption = False,
    show: options.Show = False,
    as_json: AsJson = False,
) -> None:
    """Learn to outline structures without prompts.

    Data are split by patient where they come without parts, checked, learnt from and tested; the run's folder has
    the weights, the curves and a report. A run that was stopped goes on where it was: give the same command again.
    """
    chosen = [
        *options.data_values(
            data=data,
            masks=masks,
            patient=patient,
            classes=classes,
            image_column=image_column,
            split_column=split_column,
            share=share,
            leave_out_unusable=leave_out_unusable,
        ),
        *options.values_of(data__reading__mask_column=mask_column),
        *options.training_values(weights=weights, train=train, steps=steps, seed=seed, input_size=input_size),
        *(values or []),
    ]
    tasks: tuple[TaskKind, ...] = ("semantic", "instance")
    if semantic is not None:
        tasks = ("semantic",) if semantic else ("instance",)
    run(Words(tasks, tuple(chosen), recipe, output, restart), max_time=max_time, show=show, as_json=as_json)
