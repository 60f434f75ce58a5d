"""A folder that is there whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ultrasam.errors import InputError


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Give an empty folder that becomes ``folder`` on success and is removed on any failure.

    A folder that is there already stays itself, as it may be where the user stands, a link, or a mounted disk: what
    was written moves into it.

    Raises:
        InputError: ``folder`` is there and is not empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"Expected a new or empty folder to write, but {folder} is there: give another, or remove it.")
    is_new = not folder.exists()
    target = Path(os.path.abspath(folder))  # noqa: PTH100  (links stay)
    temporary = (target.parent if is_new else target) / f".partial-{secrets.token_hex(8)}"
    temporary.mkdir(parents=True)
    try:
        yield temporary
        if is_new:
            temporary.rename(target)
        else:
            for entry in sorted(temporary.iterdir()):
                entry.rename(target / entry.name)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
