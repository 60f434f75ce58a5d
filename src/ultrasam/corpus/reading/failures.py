"""Files that cannot be read: the reason, in the same words on every machine and in every run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ultrasam.corpus.sample import Unreadable
from ultrasam.corpus.source import SourceFile
from ultrasam.errors import ImageError, InputError

#: ITK says at which address in memory its reader is.
_ADDRESS = re.compile(r"\(0x[0-9a-f]+\)")


@contextmanager
def unreadable(file: SourceFile, path: Path | None = None) -> Iterator[None]:
    """What goes wrong with a file makes its samples unreadable and stops nothing else.

    Args:
        file: what is read.
        path: where it, or a copy of it, lies on the disk: the reason names the file as the distribution does.

    Raises:
        Unreadable: it cannot be read as what it is taken for.
    """
    try:
        yield
    except (ImageError, InputError, OSError) as error:
        reason = str(error) if path is None else _named(str(error), path, file)
        raise Unreadable(f"{file.path} cannot be read: {' '.join(_ADDRESS.sub('', reason).split())}") from error


def _named(reason: str, path: Path, file: SourceFile) -> str:
    """A reason with the file's path in the distribution for its path on the disk, and for its name there."""
    reason = reason.replace(str(path), "\0")
    # A name without a suffix may be any word.
    if path.suffix:
        reason = re.sub(rf"(?<![^\s'\"]){re.escape(path.name)}(?![\w-])", "\0", reason)
    return reason.replace("\0", file.path)
