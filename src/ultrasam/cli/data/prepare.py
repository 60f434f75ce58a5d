"""The command that converts data sets as they are distributed."""

from __future__ import annotations

from collections import Counter
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ultrasam.cli.data.choices import AsJson, WorkersOption
from ultrasam.cli.terminal import end_as_by_ctrl_c, err, out, progress_bar
from ultrasam.errors import UltraSamError

if TYPE_CHECKING:
    from ultrasam.corpus.cards.card import Card
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
    as_json: AsJson = False,
) -> None:
    """Convert a data set, or all of a folder. Goes on where it was stopped; what has not changed is kept.

    Parts are as in the official split, by patient where there is none: 'ultrasam data split' makes others, which stay.
    """
    from ultrasam.corpus.cards.catalogue import find_card
    from ultrasam.corpus.preparing import Options
    from ultrasam.corpus.preparing.finding import find_source

    end_as_by_ctrl_c()
    options = Options(format_.value, components, min_area, workers, engine.value)
    if name.lower() == "all":
        reports, is_complete = _prepare_all(source, output, options)
    else:
        card = find_card(name)
        reports, is_complete = [_prepare(card, find_source(card, source), output, options)], True
    _print(reports, as_json=as_json)
    if not is_complete:
        raise typer.Exit(1)


def _prepare_all(source: Path, output: Path, options: Options) -> tuple[list[Report], bool]:
    """Convert what is found; one set that cannot be converted does not keep the others from it."""
    from ultrasam.corpus.preparing import LayoutError
    from ultrasam.corpus.preparing.finding import find_sources

    found = find_sources(source)
    err.print(f"Found: {', '.join(card.name for card, _ in found)}", markup=False)
    sets_in = Counter(place for _, place in found)
    reports, is_complete = [], True
    for card, place in found:
        try:
            reports.append(_prepare(card, place, output, options))
        except UltraSamError as error:
            if isinstance(error, LayoutError) and sets_in[place] > 1:
                # An archive in which several sets are distributed together, of which somebody kept some.
                err.print(f"{card.name} is not in {place}.", style="yellow", markup=False)
                continue
            err.print(f"{card.name}: {error}", style="red", markup=False)
            is_complete = False
    return reports, is_complete


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
