"""Getting a whole data set."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeAlias

from ultrasam.corpus.cards.card import Card
from ultrasam.corpus.fetching.addresses import PUBLIC, Hosts, resolve
from ultrasam.corpus.fetching.downloading import download, partial_path
from ultrasam.corpus.fetching.instructions import instructions
from ultrasam.corpus.fetching.remote_file import RemoteFile
from ultrasam.errors import InputError
from ultrasam.files import alone

#: Called with the file, its bytes that are here, and the bytes of the whole file (None where the server does not say).
Progress: TypeAlias = Callable[[RemoteFile, int, int | None], None]


def fetch(
    card: Card,
    folder: Path,
    *,
    hosts: Hosts = PUBLIC,
    on_progress: Progress | None = None,
    timeout_s: float = 30.0,
    pause_s: float = 0.5,
) -> list[Path]:
    """Download the files of a data set into ``folder/NAME/``; those that are there already are only checked.

    Args:
        card: of the data set. Its terms (:func:`licence_notice`) are for the caller to show before.
        folder: of all downloads.
        hosts: where the hosts are.
        on_progress: called after every block.
        timeout_s: longest silence of a server.
        pause_s: wait before a server is tried again; it doubles with each try.

    Returns:
        the files, in the order of the card.

    Raises:
        InputError: the data set must be got by hand (the message says how), a file cannot be had, the disk has no
            room, or another process is at work in the folder.
    """
    if not card.downloads:
        raise InputError(
            f"Expected a public address of {card.name}, but it has none: get it by hand.\n{instructions(card, folder)}"
        )
    place = folder / card.name
    files = [file for entry in card.downloads for file in resolve(entry, hosts=hosts)]
    if twice := [name for name, count in Counter(file.name for file in files).items() if count > 1]:
        raise InputError(f"Expected a name of its own for each file of {card.name}, but got {', '.join(twice)} twice.")
    with alone(place):
        _check_room(files, place)
        return [
            download(
                file,
                place,
                on_progress=partial(on_progress, file) if on_progress else None,
                timeout_s=timeout_s,
                pause_s=pause_s,
            )
            for file in files
        ]


def _check_room(files: list[RemoteFile], place: Path) -> None:
    """Refuse at once what would fill the disk after hours."""
    needed = sum(_missing_bytes(file, place / file.name) for file in files)
    free = shutil.disk_usage(place).free
    if needed > free:
        raise InputError(
            f"Expected room for {needed:,} bytes in {place}, but {free:,} are free: "
            "free some, or choose another folder."
        )


def _missing_bytes(file: RemoteFile, path: Path) -> int:
    if file.size is None or path.exists():
        return 0
    part = partial_path(path)
    return max(file.size - (part.stat().st_size if part.exists() else 0), 0)
