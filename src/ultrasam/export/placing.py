"""Where an export is put: nothing is overwritten unasked, and nothing half-written is left."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ultrasam.errors import InputError


def free_file(path: str | os.PathLike[str], *, suffixes: tuple[str, ...], overwrite: bool) -> Path:
    """A file that may be written.

    Raises:
        InputError: another ending, a folder, or a file that is there and ``overwrite`` is False.
    """
    target = Path(path)
    if target.suffix not in suffixes:
        raise InputError(f"Expected a file name that ends in {' or '.join(suffixes)}, but got {target.name!r}.")
    if target.is_dir():
        raise InputError(f"Expected the name of a file to write, but {target} is a folder.")
    if target.exists() and not overwrite:
        raise InputError(f"Expected the name of a new file, but {target} is there: choose another, or give --force.")
    return target


def free_folder(path: str | os.PathLike[str], *, overwrite: bool) -> Path:
    """A folder that may be written to, which need not be there.

    Raises:
        InputError: a file, or a folder with something in it and ``overwrite`` is False.
    """
    target = Path(path)
    if target.exists() and not target.is_dir():
        raise InputError(f"Expected the name of a folder to write, but {target} is a file.")
    if not overwrite and target.is_dir() and any(target.iterdir()):
        raise InputError(
            f"Expected a new or empty folder, but {target} has something in it: choose another, or give --force, "
            "which replaces files of the same names."
        )
    return target


@contextmanager
def filled_whole(target: Path) -> Iterator[Path]:
    """Give a temporary folder beside ``target``; move its files there on success, remove them on any failure."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=target.parent) as name:
        made = Path(name)
        yield made
        target.mkdir(exist_ok=True)
        for file in sorted(made.iterdir()):
            file.replace(target / file.name)


def sizes_of(folder: Path) -> dict[str, int]:
    """Name to bytes of the files in a folder."""
    return {file.name: file.stat().st_size for file in sorted(folder.iterdir()) if file.is_file()}
