"""Files that are read together by their names: a header and the pixels beside it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ultrasam.corpus.source import SourceFile


@contextmanager
def on_disk_together(files: Sequence[SourceFile]) -> Iterator[Path]:
    """The first of some files of one folder on disk, the others beside it by the names by which it refers to them.

    Those of an archive are copies that are removed afterwards.
    """
    first, *beside = files
    if not beside or all(file.place.path for file in files):
        with first.on_disk() as path:
            yield path
        return
    with tempfile.TemporaryDirectory(prefix="ultrasam-", dir=first.scratch) as folder:
        for file in files:
            file.copy_to(_copy(folder, file))
        yield _copy(folder, first)


def _copy(folder: str, file: SourceFile) -> Path:
    # A name out of an archive that was made on another system may be a path on this one.
    return Path(folder, Path(file.name).name)
