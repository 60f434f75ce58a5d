"""A place for what cannot be read inside its archive."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO

from ultrasam.corpus.source.file import CHUNK
from ultrasam.errors import InputError


class Scratch:
    """A temporary folder, made when it is needed. The names in it are its own, never those of an archive.

    Args:
        parent: an existing or new folder to make it in; the system's temporary folder where None.
    """

    def __init__(self, parent: Path | None) -> None:
        self._parent = parent
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._count = 0

    def keep(self, stream: BinaryIO) -> Path:
        """Copy a stream to a new file.

        Raises:
            InputError: the folder cannot be made or the disk is full.
        """
        try:
            path = self.new_path()
            with path.open("wb") as target:
                shutil.copyfileobj(stream, target, CHUNK)
        except OSError as error:
            # Those of the system have a number; those without one are about what is read.
            if error.errno is None:
                raise
            raise InputError(
                f"Expected to unpack an archive for the time being, but got: {error}. "
                "Name another folder as scratch, on a disk with more room."
            ) from error
        return path

    def new_path(self) -> Path:
        """A path where nothing is yet."""
        if self._folder is None:
            if self._parent is not None:
                self._parent.mkdir(parents=True, exist_ok=True)
            self._folder = tempfile.TemporaryDirectory(prefix="ultrasam-", dir=self._parent)
        self._count += 1
        return Path(self._folder.name) / str(self._count)

    def close(self) -> None:
        """Remove the folder."""
        if self._folder is not None:
            self._folder.cleanup()
