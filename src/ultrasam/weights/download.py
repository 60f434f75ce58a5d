"""Downloading named weights: one process at a time, checked, resumed, from whichever address works."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from ultrasam.errors import WeightsError
from ultrasam.transfer import Progress, TransferError, UnwritableError, discard, fetch_checked
from ultrasam.weights.hashing import sha256_of
from ultrasam.weights.locate import path_of, recorded_hash_path, verify_entry
from ultrasam.weights.registry import WeightsEntry, get_entry

logger = logging.getLogger(__name__)


def download(
    name: str | WeightsEntry,
    *,
    progress: Progress | None = None,
    timeout_s: float = 30.0,
    pause_s: float = 0.5,
) -> Path:
    """Get named weights into the cache, unless they are there.

    The file gets its name only when it is complete and its hash is right. An interrupted download goes on
    where it broke off. Where no hash is published, that of the first download is recorded beside the file.

    Args:
        name: a name of the registry, or an entry of your own.
        progress: called with the bytes that are here and the bytes of the whole file (or None).
        timeout_s: longest silence of a server.
        pause_s: wait before a server is tried again; it doubles with each try.

    Returns:
        where the file lies. Bundled weights lie in the package already.

    Raises:
        WeightsError: no such name, no address gave the right file, or the disk is full.
    """
    entry = get_entry(name) if isinstance(name, str) else name
    path = path_of(entry)
    if entry.bundled:
        return path
    with _only_one_process(path):
        if path.is_file():
            if verify_entry(entry).matches is not False:
                return path
            logger.warning("%s is damaged and is downloaded again", path)
            path.unlink()
        part = path.with_name(path.name + ".part")
        try:
            fetch_checked(
                entry.urls,
                part,
                partial(_problem, entry),
                expected_bytes=entry.size_bytes,
                resume=entry.sha256 is not None,
                progress=progress,
                timeout_s=timeout_s,
                pause_s=pause_s,
            )
        except TransferError as error:
            raise WeightsError(
                f"Expected to download {entry.name}, but no address gave it: {error}. "
                f"Try again later, or put the file at {path} yourself."
            ) from error
        except UnwritableError as error:
            raise WeightsError(
                f"Expected to write the download, but {error}: free some room, or choose another folder with the "
                "environment variable ULTRASAM_CACHE."
            ) from error
        if entry.sha256 is None:
            recorded_hash_path(path).write_text(f"{sha256_of(part)}  {entry.file}\n", encoding="ascii")
        part.replace(path)
        discard(part)
    return path


def _problem(entry: WeightsEntry, part: Path) -> str | None:
    if entry.sha256 is None:
        return None
    sha256 = sha256_of(part)
    return None if sha256 == entry.sha256 else f"has SHA-256 {sha256} in place of {entry.sha256}"


@contextmanager
def _only_one_process(path: Path) -> Iterator[None]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path.with_name(path.name + ".lock"))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            logger.warning("another process is downloading %s: waiting for it", path.name)
            lock.acquire()
    except OSError as error:
        raise WeightsError(
            f"Expected to write in the folder {path.parent}, but that failed ({error.strerror or error}): "
            "choose another folder with the environment variable ULTRASAM_CACHE."
        ) from error
    try:
        yield
    finally:
        lock.release()
