"""The command that finds images that are there more than once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ultrasam.cli.data.choices import AsJson, FolderArgument, WorkersOption


def dedup(
    paths: FolderArgument,
    output: Annotated[Path, typer.Option("--out", "-o", metavar="JSON", help="List to write.")] = Path(
        "duplicates.json"
    ),
    workers: WorkersOption = 1,
    as_json: AsJson = False,
) -> None:
    """Find images that are there more than once, within and across data sets: exact and near."""
    raise NotImplementedError
