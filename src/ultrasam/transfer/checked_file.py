"""One file that several addresses may have, and that must be the right one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from ultrasam.transfer.partial_file import Progress, TransferError, discard, fetch

logger = logging.getLogger(__name__)


def fetch_checked(
    urls: Sequence[str],
    part: Path,
    problem_of: Callable[[Path], str | None],
    *,
    expected_bytes: int | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    timeout_s: float = 30.0,
    pause_s: float = 0.5,
) -> None:
    """Download into ``part`` from the first address that gives the right file.

    A wrong file may come from an old partial one, so that a resumed download gets a second chance from the start.

    Args:
        urls: addresses, in order of preference.
        part: the partial file, see :func:`fetch`.
        problem_of: what is wrong with a whole file, as the end of a sentence ("has SHA-256 …"); None if nothing is.
        expected_bytes: as for :func:`fetch`.
        resume: as for :func:`fetch`.
        progress: as for :func:`fetch`.
        timeout_s: as for :func:`fetch`.
        pause_s: as for :func:`fetch`.

    Raises:
        TransferError: no address gave it; says for each why.
        UnwritableError: the disk is full or cannot be written.
    """
    failures = []
    for url in urls:
        try:
            _fetch_one(url, part, problem_of, expected_bytes, resume, progress, timeout_s, pause_s)
        except TransferError as error:
            logger.warning("%s %s", url, error)
            failures.append(f"{url} {error}")
        else:
            return
    raise TransferError("; ".join(failures))


def _fetch_one(
    url: str,
    part: Path,
    problem_of: Callable[[Path], str | None],
    expected_bytes: int | None,
    resume: bool,
    progress: Progress | None,
    timeout_s: float,
    pause_s: float,
) -> None:
    while True:
        is_resumed = part.exists()
        fetch(
            url,
            part,
            expected_bytes=expected_bytes,
            resume=resume,
            progress=progress,
            timeout_s=timeout_s,
            pause_s=pause_s,
        )
        problem = problem_of(part)
        if problem is None:
            return
        discard(part)
        if not is_resumed:
            raise TransferError(f"gave a file that {problem}")
