"""The fingerprints of a data set's images, made once."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from ultrasam.cache import cache_dir
from ultrasam.corpus.duplicates.entries import DataSet
from ultrasam.corpus.duplicates.fingerprint import DTYPE, Fingerprints, fingerprint
from ultrasam.corpus.processes import in_order
from ultrasam.errors import ImageError
from ultrasam.files import written_whole
from ultrasam.imaging import read

FINGERPRINTS_NAME = ".fingerprints.npz"
#: Part of a file's key: goes up whenever :func:`fingerprint` gives something else.
_VERSION = 1
#: Images that go to a process at once.
_PORTION = 32

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Unreadable:
    """Why there is no fingerprint."""

    reason: str


def fingerprints(data_set: DataSet, *, workers: int, on_image: Callable[[], None]) -> list[Fingerprints | Unreadable]:
    """Of each image its fingerprint, ``(1,)``, or why there is none.

    They are kept in ``.fingerprints.npz`` in the data set's folder, or in the user's cache where that cannot be
    written, each with the size and the time of its file: only what has changed is made anew.

    Args:
        data_set: its images.
        workers: processes.
        on_image: called after each image.

    Raises:
        MissingExtraError: an image needs a package that is not installed.
    """
    place = _place(data_set.folder)
    known = _load(place)
    keys = [_key(entry.path) for entry in data_set.entries]
    made: dict[str, Fingerprints | Unreadable] = {key: known[key] for key in keys if key in known}
    missing = {key: entry.path for key, entry in zip(keys, data_set.entries, strict=True) if key not in made}
    for _ in made:
        on_image()
    try:
        for key, answer in zip(missing, _computed(list(missing.values()), workers), strict=True):
            made[key] = answer
            on_image()
    finally:
        # What was made before an interruption is kept, too.
        if missing:
            _save(place, {key: answer for key, answer in made.items() if not isinstance(answer, Unreadable)})
    return [made[key] for key in keys]


def _computed(paths: Sequence[Path], workers: int) -> Iterator[Fingerprints | Unreadable]:
    remaining = iter(paths)
    for answers in in_order(_portion, iter(lambda: list(islice(remaining, _PORTION)), []), workers):
        yield from answers


def _portion(paths: list[Path]) -> list[Fingerprints | Unreadable]:
    return [_of_file(path) for path in paths]


def _of_file(path: Path) -> Fingerprints | Unreadable:
    try:
        with read(path) as image:
            if len(image) != 1:
                raise ImageError(f"Expected one frame, but {path.name} has {len(image)}.")
            return fingerprint(image.frame(0).pixels)
    except ImageError as error:
        return Unreadable(str(error))


def _key(path: Path) -> str:
    """The same for an unchanged file, wherever its data set lies."""
    try:
        status = path.stat()
    except OSError:
        # Reading it will say what is wrong.
        return f"{_VERSION}/{path.name}"
    return f"{_VERSION}/{path.parent.name}/{path.name}/{status.st_size}/{status.st_mtime_ns}"


def _place(folder: Path) -> Path:
    # The superuser may write everywhere, but should not where nobody else may.
    if os.access(folder, os.W_OK) and folder.stat().st_mode & 0o222:
        return folder / FINGERPRINTS_NAME
    return cache_dir("fingerprints") / f"{'-'.join(folder.resolve().parts[1:])}{FINGERPRINTS_NAME}"


def _load(place: Path) -> dict[str, Fingerprints]:
    try:
        with np.load(place, allow_pickle=False) as file:
            keys, values = file["keys"], file["values"]
            if values.dtype == DTYPE and len(keys) == len(values):
                return {key: values[number : number + 1] for number, key in enumerate(keys.tolist())}
    except FileNotFoundError:
        pass
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        log.warning("%s is damaged and made anew: %s", place, error)
    return {}


def _save(place: Path, made: dict[str, Fingerprints]) -> None:
    values = np.concatenate([*made.values(), np.empty(0, DTYPE)])
    with written_whole(place) as temporary, temporary.open("wb") as file:
        np.savez(file, keys=np.array(list(made), dtype=np.str_), values=values)
