"""The items of an image, and changes to them."""

from __future__ import annotations

import json
import sqlite3
from typing import Any, TypeAlias

from ultrasam.server.project.history import remember, revision_of
from ultrasam.server.project.images import image
from ultrasam.server.project.leases import Leases
from ultrasam.server.refusals import Conflict
from ultrasam.server.schemas.items import IMAGE_ID, Change, ObjectItem, State

#: An item as its JSON.
Document: TypeAlias = dict[str, Any]


def items(connection: sqlite3.Connection, image_id: str) -> list[Document]:
    """All items of an image; of one that is unknown, none."""
    rows = connection.execute("SELECT body FROM item WHERE image_id = ? ORDER BY rowid", (image_id,))
    return [json.loads(row["body"]) for row in rows]


def apply(
    connection: sqlite3.Connection, image_id: str, change: Change, *, at: str, leases: Leases | None = None
) -> int:
    """Make a change within a transaction, once, however often it comes; gives the revision that it made.

    ``at`` is the time, ISO 8601; ``leases``, where it is checked that no other client holds the image.

    Raises:
        Missing: there is no such image.
        Elsewhere: another client holds it.
        Conflict: the change was made from another revision, its id was used for another image, or a label is gone.
    """
    row = image(connection, image_id)
    made = revision_of(connection, image_id, change.id)
    if made is not None:
        return made
    if leases is not None:
        leases.check(image_id, change.client)
    if change.base_revision != row.revision:
        raise Conflict(
            f"Expected a change to revision {row.revision} of {row.name}, but it was made from revision "
            f"{change.base_revision}: load the image again.",
            row.revision,
        )
    _check_labels(connection, change, row.revision)
    touched = [item.id for item in change.put] + change.remove
    before = _read(connection, image_id, touched)
    _write(connection, image_id, change)
    after = _read(connection, image_id, touched)
    revision = row.revision + 1
    connection.execute(
        "UPDATE image SET revision = ?, state = ? WHERE id = ?", (revision, _state(connection, image_id), image_id)
    )
    remember(connection, image_id, revision, change, at=at, before=before, after=after)
    return revision


def _check_labels(connection: sqlite3.Connection, change: Change, revision: int) -> None:
    known = {row["id"] for row in connection.execute("SELECT id FROM label")}
    used = {item.label_id for item in change.put if isinstance(item, ObjectItem) and item.label_id is not None}
    if used - known:
        raise Conflict(
            "Expected objects with labels of the project's list, but a label is not in it (any longer): "
            "load the labels again.",
            revision,
        )


def _read(connection: sqlite3.Connection, image_id: str, ids: list[str]) -> list[Document]:
    found = (
        connection.execute("SELECT body FROM item WHERE image_id = ? AND id = ?", (image_id, each)).fetchone()
        for each in ids
    )
    return [json.loads(row["body"]) for row in found if row is not None]


def _write(connection: sqlite3.Connection, image_id: str, change: Change) -> None:
    connection.executemany(
        "DELETE FROM item WHERE image_id = ? AND id = ?", [(image_id, removed) for removed in change.remove]
    )
    connection.executemany(
        """
        INSERT INTO item (image_id, id, kind, frame, label_id, body) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (image_id, id) DO UPDATE SET
            kind = excluded.kind, frame = excluded.frame, label_id = excluded.label_id, body = excluded.body
        """,
        [
            (
                image_id,
                item.id,
                item.kind,
                getattr(item, "frame", None),
                getattr(item, "label_id", None),
                json.dumps(item.model_dump(mode="json", by_alias=True), separators=(",", ":")),
            )
            for item in change.put
        ],
    )


def _state(connection: sqlite3.Connection, image_id: str) -> State:
    said: list[Document] = _read(connection, image_id, [IMAGE_ID])
    state: State = said[0]["state"] if said else "new"
    if state != "new":
        return state
    work = connection.execute("SELECT 1 FROM item WHERE image_id = ? AND kind != 'image' LIMIT 1", (image_id,))
    return "new" if work.fetchone() is None else "in work"
