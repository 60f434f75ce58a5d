"""The images of a project: those of its folder and uploads."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from ultrasam.server.project.naming import folded, is_text, sorting
from ultrasam.server.refusals import Conflict, Missing
from ultrasam.server.schemas.items import State

_ROWS = """
    SELECT image.*, (SELECT count(*) FROM item WHERE image_id = image.id AND kind = 'object') AS objects FROM image
"""


@dataclass(frozen=True)
class ImageRow:
    """One image.

    Attributes:
        id: a UUID that stays, even while the file is missing.
        name: path relative to the folder with ``/``, or the name of an upload.
        stored: where an upload lies, as it was given to ``add_upload``; None for a file of the folder.
        is_missing: whether it was not in the folder when that was last looked through.
        state: "new", "in work" or "done".
        objects: how many objects are outlined on all its frames.
        revision: how many changes were made.
        facts: what opening the file told, as it was noted; None before.
    """

    id: str
    name: str
    stored: str | None
    is_missing: bool
    state: State
    objects: int
    revision: int
    facts: dict[str, Any] | None

    @property
    def is_upload(self) -> bool:
        """Whether it came through the browser."""
        return self.stored is not None


@dataclass(frozen=True)
class ImagePage:
    """A part of the list.

    Attributes:
        total: how many images fit the search and the state.
        counts: how many there are in all, by state.
        rows: those asked for, in natural order.
    """

    total: int
    counts: dict[State, int]
    rows: tuple[ImageRow, ...]


def add_upload(connection: sqlite3.Connection, name: str, stored: str) -> ImageRow:
    """Add an upload that lies at ``stored``."""
    image_id = str(uuid.uuid4())
    connection.execute(
        "INSERT INTO image (id, name, stored, folded, sorting) VALUES (?, ?, ?, ?, ?)",
        (image_id, name, stored, folded(name), sorting(name)),
    )
    return image(connection, image_id)


def remove_image(connection: sqlite3.Connection, image_id: str) -> ImageRow:
    """Forget an upload and its history; gives what it was, so that its file can be deleted.

    Raises:
        Missing: there is no such image.
        Conflict: it has items, or is a file of the folder.
    """
    row = image(connection, image_id)
    if not row.is_upload:
        raise Conflict(f"Expected an upload, but {row.name} is a file of the folder: delete it there.", row.revision)
    count = connection.execute("SELECT count(*) FROM item WHERE image_id = ?", (image_id,)).fetchone()[0]
    if count:
        raise Conflict(f"Expected an image without annotations, but {row.name} has some: remove them.", row.revision)
    connection.execute("DELETE FROM image WHERE id = ?", (image_id,))
    return row


def image(connection: sqlite3.Connection, image_id: str) -> ImageRow:
    """One image by its id.

    Raises:
        Missing: there is no such image.
    """
    found = connection.execute(f"{_ROWS} WHERE image.id = ?", (image_id,)).fetchone() if is_text(image_id) else None
    if found is None:
        raise Missing("Expected an image of this project, but there is none of this id: look through the list again.")
    return _row(found)


def images(
    connection: sqlite3.Connection, *, search: str, state: State | None, offset: int, limit: int | None
) -> ImagePage:
    """The part of the list that fits; ``search`` is looked for literally and regardless of case."""
    wanted = folded(search.strip()) if is_text(search) else ""
    found = dict(connection.execute("SELECT state, count(*) FROM image GROUP BY state").fetchall())
    values = {"wanted": wanted, "state": state, "limit": -1 if limit is None else limit, "offset": offset}
    fits = "WHERE (:wanted = '' OR instr(folded, :wanted) > 0) AND (:state IS NULL OR state = :state)"
    total = connection.execute(f"SELECT count(*) FROM image {fits}", values).fetchone()[0]
    rows = connection.execute(
        f"{_ROWS} {fits} ORDER BY sorting, name, image.id LIMIT :limit OFFSET :offset", values
    ).fetchall()
    return ImagePage(total, {each: found.get(each, 0) for each in get_args(State)}, tuple(map(_row, rows)))


def note_facts(connection: sqlite3.Connection, image_id: str, facts: Mapping[str, Any]) -> None:
    """Keep what opening the file told.

    Raises:
        Missing: there is no such image.
    """
    image(connection, image_id)
    text = json.dumps(dict(facts), allow_nan=False)
    connection.execute("UPDATE image SET facts = ? WHERE id = ?", (text, image_id))


def _row(row: sqlite3.Row) -> ImageRow:
    return ImageRow(
        id=row["id"],
        name=row["name"],
        stored=row["stored"],
        is_missing=bool(row["is_missing"]),
        state=row["state"],
        objects=row["objects"],
        revision=row["revision"],
        facts=None if row["facts"] is None else json.loads(row["facts"]),
    )
