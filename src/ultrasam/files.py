"""Writing files so that nothing half-written is ever left under the final name, and no two processes write one.

And names that are given once, how a full disk is told, and what JSON cannot hold as what it can.
"""

from __future__ import annotations

import errno
import math
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ultrasam.errors import InputError

#: What a system says where no more can be written: the disk, a user's share of it, or the largest file is full.
DISK_IS_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def written_whole(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path beside ``path``; rename it to ``path`` on success, remove it on any failure.

    The temporary name keeps the suffix(es) of ``path``, as writers choose their format by it. Missing parent
    folders are made. Where ``path`` is a symbolic link, the file that it points to is written and the link stays.

    Raises:
        InputError: ``path`` is there and is no file: a folder, a device, a pipe.

    Example:
        >>> with written_whole("out/mask.png") as temporary:  # doctest: +SKIP
        ...     image.save(temporary)
    """
    if Path(path).exists() and not Path(path).is_file():
        raise InputError(f"Expected the name of a file to write, but {path} is a folder, a device or a pipe.")
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".partial-{secrets.token_hex(8)}{''.join(target.suffixes[-2:])}")
    # Made by the rights of any file that the user writes; the kernel takes away what the umask forbids.
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666))
    try:
        yield temporary
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def alone(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Hold a folder, made where it is missing, so that two processes do not write into one.

    Raises:
        InputError: another process holds it, or it is a file.
    """
    place = Path(folder)
    if place.exists() and not place.is_dir():
        raise InputError(f"Expected the name of a folder to write to, but {place} is a file.")
    place.mkdir(parents=True, exist_ok=True)
    lock = FileLock(place / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise InputError(
            f"Expected {place} to be free, but another process is at work in it: end it, or name another folder."
        ) from None
    try:
        yield
    finally:
        lock.release()


class FreeNames:
    """Gives each name once, on file systems that ignore case, too."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, stem: str, ending: str = "") -> str:
        """``stem`` + ``ending``, or with -2, -3, … between where that is taken."""
        name, count = f"{stem}{ending}", 1
        while name.casefold() in self._taken:
            count += 1
            name = f"{stem}-{count}{ending}"
        self._taken.add(name.casefold())
        return name


def without_nan(value: Any) -> Any:
    """Values for JSON, which has no NaN and no infinity: None instead, inside dicts, lists and tuples, too.

    Example:
        >>> without_nan({"auroc": float("nan"), "interval": (0.25, float("inf"))})
        {'auroc': None, 'interval': [0.25, None]}
    """
    if isinstance(value, dict):
        return {key: without_nan(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
