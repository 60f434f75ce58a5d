"""Options that exports share, and how they tell what they do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ultrasam.cli.terminal import err, out

if TYPE_CHECKING:
    from ultrasam.export import Exported


class GraphPrecision(str, Enum):
    """How a graph's weights are stored."""

    fp32 = "fp32"
    fp16 = "fp16"
    int8 = "int8"


class FilePrecision(str, Enum):
    """How a file's weights are stored."""

    fp32 = "fp32"
    fp16 = "fp16"


FolderOption = Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder to write.")]
FileOption = Annotated[Path, typer.Option("--out", "-o", metavar="FILE.pth", help="File to write.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace files of the same names.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of lines for people.")]
FilePrecisionOption = Annotated[
    FilePrecision, typer.Option("--precision", help="Number format of the file; fp16 halves it.")
]


@contextmanager
def progress_line(*, quiet: bool) -> Iterator[Callable[[str], None] | None]:
    """Give what takes words of what is done next; a line of a terminal shows them until it ends."""
    if quiet or not err.is_terminal:
        yield None
        return
    with err.status("loading the weights") as status:
        yield status.update


def tell(exported: Exported, *, as_json: bool) -> None:
    """Say what was written; licence and notes on stderr."""
    if as_json:
        out.print_json(data=exported.to_dict())
        return
    err.print(f"Licence of the weights: {exported.licence}", style="yellow", markup=False)
    for note in exported.notes:
        err.print(note, style="yellow", markup=False)
    width = max(map(len, exported.files))
    single = exported.path.is_file()
    for name, size in exported.files.items():
        place = exported.path if single else exported.path / name
        padding = " " * (width - len(name))
        out.print(f"{place}{padding}  {_size(size)}", markup=False)


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.1f} MB" if size_bytes >= 100_000 else f"{size_bytes / 1e3:,.1f} kB"
