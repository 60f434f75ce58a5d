"""The command that downloads data sets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from ultrasam.cli.terminal import end_as_by_ctrl_c, err, out
from ultrasam.errors import InputError

if TYPE_CHECKING:
    from ultrasam.corpus.fetching import RemoteFile


def fetch(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A data set, see 'ultrasam data list'.")],
    output: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Folder of downloads; the files go into DIR/NAME.")
    ] = Path("downloads"),
) -> None:
    """Download a data set where it has a public address; otherwise say how to get it by hand."""
    from ultrasam.corpus.cards.catalogue import find_card
    from ultrasam.corpus.fetching import fetch as get
    from ultrasam.corpus.fetching import instructions, licence_notice

    end_as_by_ctrl_c()
    card = find_card(name)
    if not card.downloads:
        err.print(f"{card.name} has no public address that a program can download from.", style="yellow")
        out.print(instructions(card, output), markup=False)
        raise typer.Exit(1)
    err.print(licence_notice(card), markup=False)
    try:
        with _bar() as bar:
            files = get(card, output, on_progress=_Files(bar))
    except InputError as error:
        raise InputError(f"{error}\n{instructions(card, output)}") from error
    for file in files:
        out.print(str(file), markup=False)
    err.print(f"Next:  ultrasam data prepare {card.name} --source {output / card.name} --out corpus", markup=False)


class _Files:
    """A bar for each file."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, file: RemoteFile, done: int, of: int | None) -> None:
        if file.name not in self._tasks:
            self._tasks[file.name] = self._bar.add_task(file.name, total=of)
        self._bar.update(self._tasks[file.name], completed=done, total=of)


def _bar() -> Progress:
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    return Progress(*columns, console=err, transient=True, disable=not err.is_terminal)
