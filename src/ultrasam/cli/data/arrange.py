"""Commands that arrange converted data sets: splits, one corpus of several, a card for people."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from ultrasam.cli.data.choices import AsJson, FolderArgument, SeedOption, TestOption, ValOption
from ultrasam.cli.terminal import err, out, progress_bar


class ClassesName(str, Enum):
    """By what the categories of a merged corpus are told apart."""

    agnostic = "agnostic"
    category = "category"
    structure = "structure"
    organ = "organ"
    application = "application"


def split(
    paths: FolderArgument,
    val: ValOption = 0.05,
    test: TestOption = 0.1,
    seed: SeedOption = 0,
    official: Annotated[
        bool, typer.Option("--official/--no-official", help="Keep the parts that a data set comes with.")
    ] = True,
    files: Annotated[
        bool, typer.Option("--files", help="Also write annotations/instances_train.json and so on.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Split data sets anew: by patient, seeded, official parts kept, duplicates on one side."""
    from ultrasam.corpus import find_coco
    from ultrasam.corpus.coco.finding import data_set_name, read_facts
    from ultrasam.corpus.splitting import write_splits

    reports = []
    for file in dict.fromkeys(file for path in paths for file in find_coco(path)):
        name = data_set_name(file, read_facts(file))
        report = write_splits(file, seed=seed, val=val, test=test, honour_official=official, files=files)
        reports.append({"name": name, "file": str(file), **report.as_dict()})
        if not as_json:
            out.print(f"{name}: {report.text}", markup=False)
            for warning in report.warnings:
                err.print(f"{name}: {warning}", style="yellow", markup=False)
    if as_json:
        out.print_json(data=reports)


def merge(
    paths: FolderArgument,
    output: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="A new or empty folder.")],
    classes: Annotated[ClassesName, typer.Option("--classes", help="What tells categories apart.")] = (
        ClassesName.agnostic
    ),
    splits: Annotated[
        list[str] | None, typer.Option("--split", metavar="NAME", help="Only this part; repeat it for more.")
    ] = None,
    duplicates: Annotated[
        Path | None, typer.Option(metavar="JSON", help="Duplicates across data sets, from 'ultrasam data dedup'.")
    ] = None,
    drop_duplicates: Annotated[
        bool, typer.Option("--drop-duplicates", help="Keep one image of those that are equal in every pixel.")
    ] = False,
    copy: Annotated[bool, typer.Option("--copy", help="Copy images even where hard links are possible.")] = False,
    files: Annotated[
        bool, typer.Option("--files", help="Also write annotations/instances_train.json and so on.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make one corpus of several data sets."""
    from rich.table import Table

    from ultrasam.corpus.merging import merge as merge_sets

    with progress_bar() as bar:
        task = bar.add_task("Images", total=None)
        report = merge_sets(
            paths,
            output,
            classes=classes.value,
            splits=splits,
            duplicates=duplicates,
            drop_duplicates=drop_duplicates,
            link=not copy,
            files=files,
            on_progress=lambda done, of: bar.update(task, completed=done, total=of),
        )
    if as_json:
        out.print_json(data=report.as_dict())
        return
    table = Table("data set", "images", "objects", "licence", title=f"{output}: {classes.value} classes")
    for entry in report.sets:
        table.add_row(entry.name, f"{entry.images:,}", f"{entry.instances:,}", entry.licence)
    table.add_row("all", f"{report.images:,}", f"{report.instances:,}", report.licence, style="bold")
    out.print(table)
    for warning in report.warnings:
        err.print(warning, style="yellow", markup=False)


def card(
    path: Annotated[Path, typer.Argument(metavar="DIR", help="A converted data set or a merged corpus.")],
    output: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write it there instead of printing it.")
    ] = None,
) -> None:
    """Print the data set card (README.md as on the Hugging Face hub), with all citations and licences."""
    from ultrasam.corpus.dataset_card import dataset_card, write_dataset_card

    if output is None:
        out.print(dataset_card(path), markup=False)
        return
    write_dataset_card(path, output)
    out.print(str(output), markup=False)
