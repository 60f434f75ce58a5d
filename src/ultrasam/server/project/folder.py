"""The folder, and what was known of it: images that are new, gone, back again, or have another name."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ultrasam.server.project.images import ImageRow, image
from ultrasam.server.project.naming import folded, is_text, sorting

_KNOWN = "SELECT name, is_missing FROM image WHERE stored IS NULL"
#: Of an image that nobody worked on, and that no tab can have open.
_IS_FREE = "(stored IS NULL AND revision = 0 AND (is_missing OR facts IS NULL))"


@dataclass(frozen=True)
class Move:
    """A file that was renamed or moved within the folder.

    Attributes:
        image_id: of its image.
        before: the name that the image has.
        after: the name that the file has now.
    """

    image_id: str
    before: str
    after: str


@dataclass(frozen=True)
class Unclaimed:
    """Names in the folder that the file of a lost image may have now. Nobody has worked on what they name.

    Attributes:
        new: names that no image has, or one that was missing.
        unopened: names of images that were never opened. They were listed while the file of the lost image was still
            there, or before this one was copied as a whole.
    """

    new: list[str]
    unopened: list[str]


@dataclass(frozen=True)
class SyncResult:
    """How the folder differs from what was known.

    Attributes:
        added: images that are new.
        moved: images that got another name.
        missing: images that are not there (any longer).
        total: images of the folder, missing ones not counted.
        unusable: names that are no Unicode text and were left out.
    """

    added: int
    moved: int
    missing: int
    total: int
    unusable: int


def lost(connection: sqlite3.Connection, names: Collection[str]) -> list[ImageRow]:
    """Images that were worked on and are not in the folder."""
    there = set(names)
    found = connection.execute("SELECT id, name FROM image WHERE stored IS NULL AND revision > 0")
    gone = [row["id"] for row in found if row["name"] not in there]
    return [image(connection, image_id) for image_id in gone]


def unclaimed(connection: sqlite3.Connection, names: Collection[str]) -> Unclaimed:
    """Those of the folder's names that the file of a lost image may have now."""
    rows = connection.execute(f"SELECT name, is_missing, {_IS_FREE} AS is_free FROM image WHERE stored IS NULL")
    known = {row["name"]: row for row in rows}
    new, unopened = [], []
    for name in names:
        row = known.get(name)
        if row is None or (row["is_free"] and row["is_missing"]):
            new.append(name)
        elif row["is_free"]:
            unopened.append(name)
    return Unclaimed(new, unopened)


def sync_folder(connection: sqlite3.Connection, names: Sequence[str], moves: Sequence[Move] = ()) -> SyncResult:
    """Rename what was moved, add new names, mark those that are gone, unmark those that are back.

    A move that does not hold any more is passed over: it was found before this transaction.
    """
    usable = {name for name in names if is_text(name)}
    moved = sum(_follow(connection, move, usable) for move in moves)
    known = {row["name"]: bool(row["is_missing"]) for row in connection.execute(_KNOWN)}
    new = usable - known.keys()
    gone = known.keys() - usable
    connection.executemany(
        "INSERT INTO image (id, name, folded, sorting) VALUES (?, ?, ?, ?)",
        [(str(uuid.uuid4()), name, folded(name), sorting(name)) for name in sorted(new)],
    )
    flipped = [name for name, is_missing in known.items() if is_missing != (name in gone)]
    connection.executemany(
        "UPDATE image SET is_missing = NOT is_missing WHERE name = ? AND stored IS NULL", [(name,) for name in flipped]
    )
    return SyncResult(len(new), moved, len(gone), len(usable), len(names) - len(usable))


def _follow(connection: sqlite3.Connection, move: Move, usable: Collection[str]) -> bool:
    """Whether an image got the name that its file has now. One that nobody worked on makes room for it."""
    own = connection.execute("SELECT name FROM image WHERE id = ? AND stored IS NULL", (move.image_id,)).fetchone()
    if own is None or own["name"] != move.before or move.before in usable or move.after not in usable:
        return False
    connection.execute(f"DELETE FROM image WHERE name = ? AND {_IS_FREE}", (move.after,))
    renamed = connection.execute(
        "UPDATE OR IGNORE image SET name = ?, folded = ?, sorting = ? WHERE id = ?",
        (move.after, folded(move.after), sorting(move.after), move.image_id),
    )
    return renamed.rowcount == 1
