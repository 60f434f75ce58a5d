"""Files of the folder that were renamed or moved: known by their content, so that annotations go along with them."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ultrasam.errors import UltraSamError
from ultrasam.server.fingerprint import fingerprint_of
from ultrasam.server.library import Library, Stamp
from ultrasam.server.project import ImageRow, Move, Project

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class _Lost:
    """An image that is lost, and its file when that was opened last."""

    row: ImageRow
    stamp: Stamp
    fingerprint: str


def find_moves(project: Project, library: Library, names: Collection[str]) -> list[Move]:
    """Find images that were worked on and whose files are in the folder under other names.

    Looked for is what was last seen under the former name. That need not be what was annotated: a file that was
    changed, opened and then renamed takes its annotations along, and the warning that they may no longer fit.

    Where nothing is lost no file is looked at; else those that may be it, and only what has the right size is read.

    Args:
        project: the data base.
        library: the files.
        names: of all images in the folder.
    """
    missed = [found for row in project.lost(names) if (found := _seen(row)) is not None]
    if not missed:
        return []
    stamps = {each.stamp for each in missed}
    sizes = {stamp.size for stamp in stamps}
    unclaimed = project.unclaimed(names)
    likely = [name for name in unclaimed.new if (stamp := library.peek(name)) and stamp.size in sizes]
    # These are looked at each time: reading all that happen to have the size would take long where most have it.
    likely += [name for name in unclaimed.unopened if library.peek(name) in stamps]
    names_of = _grouped(likely, lambda name: _content(library, name))
    return [
        move
        for fingerprint, group in _grouped(missed, lambda each: each.fingerprint).items()
        for move in _paired([each.row for each in group], names_of.get(fingerprint, []))
    ]


def _seen(row: ImageRow) -> _Lost | None:
    """What is known of an image's file; None of one that was not noted, as on a full disk."""
    noted = row.facts or {}
    file, fingerprint = noted.get("file") or {}, noted.get("fingerprint")
    if fingerprint is None or not {"size", "mtime_ns"} <= file.keys():
        return None
    return _Lost(row, Stamp(file["size"], file["mtime_ns"]), fingerprint)


def _content(library: Library, name: str) -> str | None:
    """The fingerprint of a file; None of one that cannot be read: it is an image of its own, opening that says why."""
    try:
        return fingerprint_of(library.path_of(name, is_upload=False))
    except (UltraSamError, OSError):
        return None


def _paired(rows: Sequence[ImageRow], names: Sequence[str]) -> list[Move]:
    """Whose each file is, all being of one content: of several, those that kept their name in another folder."""
    if len(rows) == len(names) == 1:
        return [Move(rows[0].id, rows[0].name, names[0])]
    names_of = _grouped(names, _base)
    moves = [
        Move(own[0].id, own[0].name, names_of[base][0])
        for base, own in _grouped(rows, lambda row: _base(row.name)).items()
        if len(own) == len(names_of.get(base, [])) == 1
    ]
    if len(moves) < min(len(rows), len(names)):
        log.warning(
            "%d missing image(s) with annotations and %d other file(s) have the same content, so that it is not known "
            "which is whose: give the right file its former name and read the folder again.",
            len(rows) - len(moves),
            len(names) - len(moves),
        )
    return moves


def _base(name: str) -> str:
    return name.rpartition("/")[2]


def _grouped(things: Iterable[T], key: Callable[[T], str | None]) -> dict[str, list[T]]:
    """Things by their key; those without one are left out."""
    groups: defaultdict[str, list[T]] = defaultdict(list)
    for thing in things:
        found = key(thing)
        if found is not None:
            groups[found].append(thing)
    return dict(groups)
