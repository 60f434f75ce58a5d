"""Options that several data commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print everything as JSON.")]
FolderArgument = Annotated[
    list[Path],
    typer.Argument(metavar="DIR|JSON...", help="A converted data set, a COCO file, or a folder of data sets."),
]
WorkersOption = Annotated[int, typer.Option("--workers", "-w", min=1, help="Processes.")]
SplitOption = Annotated[str | None, typer.Option("--split", metavar="NAME", help="Only images of this split.")]
SeedOption = Annotated[int, typer.Option("--seed", help="The same seed gives the same split.")]
ValOption = Annotated[
    float, typer.Option("--val", min=0, max=1, help="Share to validate on, where no official split says which.")
]
TestOption = Annotated[
    float, typer.Option("--test", min=0, max=1, help="Share to test on, where no official split says which.")
]
