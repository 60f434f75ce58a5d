"""Image files in a second place: hard links, which take no room, or copies."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


class Linker:
    """Links files into a folder; from the first one on that cannot be linked, it copies.

    Both names of a hard link are one file: what changes it in one place changes it in the other.

    Attributes:
        linked: files so far.
        copied: files so far.

    Args:
        folder: where they go.
        link: False for copies only.
    """

    def __init__(self, folder: Path, *, link: bool = True) -> None:
        self.linked = 0
        self.copied = 0
        self._folder = folder
        self._link = link
        self._made: set[str] = set()

    def place(self, source: Path, name: str) -> None:
        """Link or copy one file.

        Args:
            source: the file.
            name: ``/``-separated, relative to the folder; folders in it are made.
        """
        inner = name.rpartition("/")[0]
        if inner not in self._made:
            (self._folder / inner).mkdir(parents=True, exist_ok=True)
            self._made.add(inner)
        # A Path costs more than the link itself.
        target = f"{self._folder}/{name}"
        # A symbolic link may be relative to its folder: what it points to is linked.
        file = os.path.realpath(source) if source.is_symlink() else source
        if self._link:
            try:
                os.link(file, target)
            except FileExistsError:
                raise
            except OSError:
                # Another file system, one without hard links, or a file of somebody else.
                self._link = False
            else:
                self.linked += 1
                return
        shutil.copyfile(file, target)
        self.copied += 1
