"""The files of a folder and of all folders in it."""

from __future__ import annotations

import os
from collections import deque
from pathlib import Path

from ultrasam.corpus.source.members import Members, is_junk
from ultrasam.corpus.source.places import OnDisk
from ultrasam.errors import InputError

#: What the name of a file ends with while it is fetched, and that of the note beside it.
_UNFINISHED, _NOTE = ".part", ".part.json"


def list_folder(root: Path, members: Members) -> None:
    """Add the files of a folder, and those that symbolic links lead to.

    A folder that several paths lead to is read once, under the path without a link where there is one.

    Raises:
        InputError: a folder cannot be read.
    """
    folders, linked = deque([(root, "")]), deque[tuple[Path, str]]()
    seen: set[tuple[int, int]] = set()
    while folders or linked:
        folder, path = folders.popleft() if folders else linked.popleft()
        try:
            status = folder.stat()
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            raise InputError(f"Expected a folder that can be read, but got: {error}.") from error
        if (status.st_dev, status.st_ino) in seen:
            members.leave_out(path, "as links to folders that are there already")
            continue
        seen.add((status.st_dev, status.st_ino))
        for entry in entries:
            if is_junk(entry.name):
                continue
            if entry.is_dir():
                (linked if entry.is_symlink() else folders).append((Path(entry.path), f"{path}{entry.name}/"))
            elif entry.name.lower().endswith(_UNFINISHED):
                members.leave_out(f"{path}{entry.name}", "as their download is not complete")
            elif entry.name.lower().endswith(_NOTE):
                continue
            elif entry.is_file():
                add_file(Path(entry.path), f"{path}{entry.name}", members)
            else:
                members.leave_out(f"{path}{entry.name}", "as broken links, devices or pipes")


def add_file(file: Path, path: str, members: Members) -> None:
    """Add one file of the disk."""
    status = file.stat()
    members.add(path, status.st_size, f"mtime:{status.st_mtime_ns}", OnDisk(file))
