"""Options that the fine-tuning commands share, and the values of a recipe that they stand for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ultrasam.cli.words import quoted
from ultrasam.errors import InputError

_DATA, _TRAINING, _RUN = "Data", "Training", "Run"

Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR|FILE",
        help="A COCO folder or file, folders of images (one per class, or images/ and masks/), or a CSV table.",
        rich_help_panel=_DATA,
    ),
]
Masks = Annotated[
    str | None,
    typer.Option(metavar="DIR", help="Folder of the masks, if not beside the images.", rich_help_panel=_DATA),
]
Patient = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN|REGEX",
        help="A table's column, or an expression on file names whose first group is the patient: '^(p[0-9]+)_'.",
        rich_help_panel=_DATA,
    ),
]
Classes = Annotated[
    str | None,
    typer.Option(
        metavar="A,B,…",
        help="Names of the classes, to choose and order them; of mask values 1, 2, … where masks are numbers.",
        rich_help_panel=_DATA,
    ),
]
ImageColumn = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="A table's column of image files.", rich_help_panel=_DATA)
]
SplitColumn = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="A table's column of train, val, test.", rich_help_panel=_DATA)
]
Share = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=1,
        help="Share of the training patients that is used, to learn what more data bring.",
        rich_help_panel=_DATA,
    ),
]
LeaveOutUnusable = Annotated[
    bool,
    typer.Option(
        "--leave-out-unusable", help="Pass over images that cannot be used, and report them.", rich_help_panel=_DATA
    ),
]
Weights = Annotated[
    str | None,
    typer.Option(
        "--weights",
        "-w",
        metavar="NAME|FILE",
        help="What to start from: a name of 'ultrasam weights list', a file of such weights or of a ViT-B/16 or "
        "TinyViT-5M of ImageNet, or random.",
        rich_help_panel=_TRAINING,
    ),
]
Train = Annotated[
    str | None,
    typer.Option(
        "--train",
        metavar="PART",
        help="What is trained beside the head: all, head (nothing), lora, adapters, partial.",
        rich_help_panel=_TRAINING,
    ),
]
Steps = Annotated[int | None, typer.Option(min=1, help="Optimiser steps.", rich_help_panel=_TRAINING)]
Seed = Annotated[
    int | None,
    typer.Option(min=0, help="Of first weights, order and augmentation.", rich_help_panel=_TRAINING),
]
InputSize = Annotated[
    int | None,
    typer.Option(
        "--input-size",
        metavar="N",
        help="Side of the network's input, a multiple of 64; smaller is faster.",
        rich_help_panel=_TRAINING,
    ),
]
Values = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Any other value of the recipe: --set optimiser.lr=1e-4.",
        rich_help_panel=_TRAINING,
    ),
]
RecipeFile = Annotated[
    Path | None,
    typer.Option(
        "--recipe",
        metavar="YAML",
        help="A whole recipe, as --show prints it; nothing is chosen by itself then.",
        rich_help_panel=_TRAINING,
    ),
]
MaxTime = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="End after 10m, 2h30m, 1d; the same command goes on.", rich_help_panel=_RUN),
]
Show = Annotated[
    bool, typer.Option("--show", help="Print the whole recipe as YAML, and train nothing.", rich_help_panel=_RUN)
]


def values_of(**given: str | float | None) -> list[str]:
    """Overrides of a recipe: ``data__path="x"`` is ``data.path="x"``; what is None is left out."""
    found = {name.replace("__", "."): value for name, value in given.items() if value is not None}
    return [f"{name}={quoted(value) if isinstance(value, str) else value}" for name, value in found.items()]


def data_values(
    *,
    data: Path | None,
    masks: str | None = None,
    patient: str | None,
    classes: str | None,
    image_column: str | None,
    split_column: str | None,
    share: float | None,
    leave_out_unusable: bool,
) -> list[str]:
    """The options about data as overrides.

    Raises:
        InputError: the share is none.
    """
    if share == 0:
        raise InputError("Expected --share above 0 and at most 1, but got 0.")
    is_pattern = patient is not None and "(" in patient
    chosen = values_of(
        data__path=None if data is None else str(data),
        data__reading__masks=masks,
        data__reading__patient_column=None if is_pattern else patient,
        data__reading__patient_pattern=patient if is_pattern else None,
        data__reading__image_column=image_column,
        data__reading__split_column=split_column,
        data__reading__share=share,
    )
    chosen += [f"data.reading.classes={quoted(names_of(classes))}"] if classes else []
    chosen += ["data.reading.leave_out_unusable=true"] if leave_out_unusable else []
    return chosen


def training_values(
    *, weights: str | None, train: str | None, steps: int | None, seed: int | None, input_size: int | None
) -> list[str]:
    """The options about training as overrides."""
    return values_of(
        model__weights=weights,
        trainable__what=train,
        run__steps=steps,
        run__seed=seed,
        model__input_size=input_size,
    )


def names_of(text: str) -> list[str]:
    """``"cyst, nodule"`` as names."""
    return [name.strip() for name in text.split(",") if name.strip()]
