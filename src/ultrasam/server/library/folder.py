"""The folder that is served: which images it holds, and that nothing outside it can be reached."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from ultrasam.imaging.reading import looks_readable
from ultrasam.server.library.stamp import stamp_of
from ultrasam.server.refusals import Forbidden, Gone

_log = logging.getLogger(__name__)


def scan(root: Path, *, leave_out: Path) -> list[str]:
    """Names of all images in a folder, at any depth, relative to it and with ``/`` between parts, sorted.

    Hidden files and folders are left out, so are links that lead out of the folder and whatever is no file. Links to
    folders are not followed, as they may lead in circles. An ending tells what may be an image; a file without a
    known one is asked whether it is DICOM.

    Args:
        root: the folder, resolved.
        leave_out: a folder that is passed over, resolved; where the project keeps its uploads.

    Raises:
        Gone: the folder is not there.
    """
    if not root.is_dir():
        raise Gone(f"Expected the folder {root.name}, but it is not there: is its drive connected?")
    return sorted(_names(root, leave_out))


def locate(root: Path, name: str) -> Path:
    """The file of this name in a folder, resolved.

    Args:
        root: the folder, resolved.
        name: relative, with ``/`` between parts.

    Raises:
        Forbidden: the name or a link leads out of the folder, to something hidden, or to what is no file.
        Gone: there is no such file.
    """
    parts = name.split("/")
    if not is_plain(name) or any(not part or part.startswith(".") for part in parts):
        raise Forbidden(f"Expected the name of an image in the folder, but got {name[:80]!r}.")
    path = Path(os.path.realpath(root.joinpath(*parts)))
    if not _is_inside(path, root):
        raise Forbidden(
            f"Expected an image inside the folder, but {name[:80]!r} is a link to elsewhere: copy the file instead."
        )
    stamp_of(path)
    if not stat.S_ISREG(path.stat().st_mode):
        raise Forbidden(f"Expected an image, but {name[:80]!r} is a folder, a device or a pipe.")
    return path


def is_plain(name: str) -> bool:
    """Whether a name means the same on every system and can be sent as JSON: UTF-8 without NUL and backslashes."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in name and "\\" not in name


def _names(root: Path, leave_out: Path) -> Iterator[str]:
    waiting, strange = [""], 0
    while waiting:
        prefix = waiting.pop()
        try:
            entries = list(os.scandir(root / prefix))
        except OSError as error:
            _log.warning("The folder %s is left out, as it cannot be read: %s.", prefix or ".", error.strerror)
            continue
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if not is_plain(entry.name):
                strange += 1
            elif entry.is_dir(follow_symlinks=False):
                if Path(entry.path) != leave_out:
                    waiting.append(f"{prefix}{entry.name}/")
            elif not _is_file_inside(entry, root):
                strange += 1
            elif looks_readable(entry.path):
                yield f"{prefix}{entry.name}"
    if strange:
        _log.warning("%d entries of the folder are left out: links to elsewhere, no files, or odd names.", strange)


def _is_file_inside(entry: os.DirEntry[str], root: Path) -> bool:
    try:
        if not entry.is_symlink():
            return entry.is_file()
        return entry.is_file() and _is_inside(Path(os.path.realpath(entry.path)), root)
    except OSError:  # a link that leads in a circle
        return False


def _is_inside(path: Path, root: Path) -> bool:
    """Whether a resolved path lies in the folder and in nothing hidden there."""
    return path.is_relative_to(root) and not any(part.startswith(".") for part in path.relative_to(root).parts)
