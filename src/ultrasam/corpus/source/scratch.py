"""A place for what cannot be read inside its archive."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import BinaryIO

from ultrasam.corpus.source.file import CHUNK
from ultrasam.errors import InputError


class Scratch:
    """A temporary folder. The names in it are its own, never those of an archive.

    Args:
        parent: an existing or new folder to make it in; the system's temporary folder where None.

    Attributes:
        folder: where it is.

    Raises:
        InputError: it cannot be made.
    """

    def __init__(self, parent: Path | None) -> None:
        try:
            if parent is not None:
                parent.mkdir(parents=True, exist_ok=True)
            self.folder = Path(tempfile.mkdtemp(prefix="ultrasam-", dir=parent))
        except OSError as error:
            raise _unusable(error) from error
        self._count = 0
        # At the latest when nobody needs it any more.
        self._remove = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    def keep(self, stream: BinaryIO) -> Path:
        """Copy a stream to a new file.

        Raises:
            InputError: the folder is gone or the disk is full.
        """
        try:
            path = self.new_path()
            with path.open("wb") as target:
                shutil.copyfileobj(stream, target, CHUNK)
        except OSError as error:
            # Those of the system have a number; those without one are about what is read.
            if error.errno is None:
                raise
            raise _unusable(error) from error
        return path

    def new_path(self) -> Path:
        """A path where nothing is yet."""
        self._count += 1
        return self.folder / str(self._count)

    def close(self) -> None:
        """Remove the folder, with all copies that other processes made there."""
        self._remove()


def _unusable(error: OSError) -> InputError:
    return InputError(
        f"Expected to unpack an archive for the time being, but got: {error}. "
        "Name another folder as scratch, on a disk with more room."
    )
