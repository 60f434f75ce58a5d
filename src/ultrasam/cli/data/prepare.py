"""The command that converts data sets as they are distributed."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ultrasam.cli.data.choices import AsJson, SeedOption, TestOption, ValOption, WorkersOption
from ultrasam.cli.terminal import end_as_by_ctrl_c, err, out, progress_bar
from ultrasam.errors import InputError

if TYPE_CHECKING:
    from ultrasam.corpus.card import Card
    from ultrasam.corpus.preparing import Options, Report


class EngineName(str, Enum):
    """What runs the conversion."""

    local = "local"
    ray = "ray"


class FormatName(str, Enum):
    """What is written."""

    coco = "coco"
    parquet = "parquet"


def prepare(
    name: Annotated[str, typer.Argument(metavar="NAME|all", help="A data set, or all that are found in the source.")],
    source: Annotated[
        Path,
        typer.Option(
            "--source", "-s", metavar="DIR|ARCHIVE", help="The data set as distributed; with 'all' a folder of them."
        ),
    ],
    output: Annotated[Path, typer.Option("--out", "-o", metavar="CORPUS", help="Folder of converted data sets.")],
    format_: Annotated[
        FormatName, typer.Option("--format", help="Images and coco.json, or shards for streaming.")
    ] = FormatName.coco,
    workers: WorkersOption = 1,
    engine: Annotated[EngineName, typer.Option("--engine", help="ray: on a Ray cluster (extra scale).")] = (
        EngineName.local
    ),
    components: Annotated[
        bool, typer.Option("--components", help="Make each piece of an object an object of its own.")
    ] = False,
    min_area: Annotated[
        int, typer.Option(min=0, metavar="PX", help="With --components: leave out pieces of fewer pixels.")
    ] = 0,
    val: ValOption = 0.05,
    test: TestOption = 0.1,
    seed: SeedOption = 0,
    as_json: AsJson = False,
) -> None:
    """Convert a data set, or all of a folder. Goes on where it was stopped; what has not changed is kept."""
    from ultrasam.corpus.catalogue import find_card
    from ultrasam.corpus.preparing import Options
    from ultrasam.corpus.preparing.finding import find_source, find_sources

    end_as_by_ctrl_c()
    options = Options(format_.value, components, min_area, workers, engine.value, seed, val, test)
    if name.lower() != "all":
        card = find_card(name)
        reports = [_prepare(card, find_source(card, source), output, options)]
    else:
        found = find_sources(source)
        err.print(f"Found: {', '.join(card.name for card, _ in found)}", markup=False)
        reports = []
        for card, place in found:
            try:
                reports.append(_prepare(card, place, output, options))
            except InputError as error:
                # One set that is not as expected does not keep the others from being converted.
                err.print(f"{card.name}: {error}", style="red", markup=False)
        if len(reports) < len(found):
            _print(reports, as_json=as_json)
            raise typer.Exit(1)
    _print(reports, as_json=as_json)


def _prepare(card: Card, source: Path, output: Path, options: Options) -> Report:
    from ultrasam.corpus.preparing import prepare as convert

    if not card.is_layout_confirmed:
        err.print(f"{card.name}: layout unconfirmed, no real file of it has been seen.", style="yellow", markup=False)
    with progress_bar() as bar:
        task = bar.add_task(card.name, total=None)
        return convert(card, source, output, options, lambda done, of: bar.update(task, completed=done, total=of))


def _print(reports: list[Report], *, as_json: bool) -> None:
    if as_json:
        out.print_json(data=[report.as_dict() for report in reports])
        return
    for report in reports:
        out.print(report.as_markdown(), markup=False)
        out.print(f"{report.converted:,} samples converted now, {report.reused:,} unchanged since an earlier run.")
