"""Bringing one file into a folder: checked, gone on with where it broke off, from whichever address works."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from string import punctuation
from urllib.parse import quote

from ultrasam.corpus.fetching.remote_file import RemoteFile
from ultrasam.errors import InputError
from ultrasam.transfer import TransferError, UnwritableError, discard, fetch_checked

logger = logging.getLogger(__name__)


def download(
    file: RemoteFile,
    folder: Path,
    *,
    on_progress: Callable[[int, int | None], None] | None = None,
    timeout_s: float = 30.0,
    pause_s: float = 0.5,
) -> Path:
    """Get a file, unless it is there.

    It gets its name only when it is complete and its size and hash are right. Until then it is called ``NAME.part``,
    and a later call goes on with that. One process at a time: the caller holds the folder
    (:func:`ultrasam.files.alone`).

    Args:
        file: what to get.
        folder: where to put it; made where it is missing.
        on_progress: called with the bytes that are here and the bytes of the whole file (or None).
        timeout_s: longest silence of a server.
        pause_s: wait before a server is tried again; it doubles with each of the three tries.

    Returns:
        where the file lies.

    Raises:
        InputError: no address gave the right file, or it cannot be written.
    """
    path = folder / file.name
    if path.is_file():
        problem = file.problem_of(path)
        if problem is None:
            return path
        logger.warning("%s %s and is downloaded again", path, problem)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = partial_path(path)
    try:
        fetch_checked(
            # Names with blanks and umlauts stand unescaped in some hosts' lists; what is escaped stays so.
            [quote(url, safe=punctuation) for url in file.urls],
            part,
            file.problem_of,
            expected_bytes=file.size,
            resume=file.digest is not None,
            progress=on_progress,
            timeout_s=timeout_s,
            pause_s=pause_s,
        )
    except TransferError as error:
        raise InputError(
            f"Expected to download {file.name}, but no address gave it: {error}. "
            f"Try again later, or put the file at {path} yourself."
        ) from error
    except UnwritableError as error:
        raise InputError(
            f"Expected to write the download, but {error}: free some room, or choose another folder."
        ) from error
    part.replace(path)
    discard(part)
    return path


def partial_path(path: Path) -> Path:
    """What a file is called until it is whole."""
    return path.with_name(f"{path.name}.part")
