"""What was changed, by whom and when, and what was before."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from ultrasam.server.project.images import image
from ultrasam.server.refusals import Conflict
from ultrasam.server.schemas.items import Change


@dataclass(frozen=True)
class HistoryEntry:
    """One change that was made.

    Attributes:
        revision: the one that it made.
        client: the tab that made it.
        at: when, ISO 8601 in UTC.
        before: items that it touched as they were; one that did not exist has none.
        after: the same as they became; one that was removed has none.
    """

    revision: int
    client: str
    at: str
    before: list[dict[str, Any]]
    after: list[dict[str, Any]]


def history(connection: sqlite3.Connection, image_id: str, *, before: int | None, limit: int) -> list[HistoryEntry]:
    """At most ``limit`` changes of an image, the latest first, of revisions lower than ``before`` (None: all).

    Raises:
        Missing: there is no such image.
    """
    image(connection, image_id)
    rows = connection.execute(
        "SELECT * FROM history WHERE image_id = ? AND (? IS NULL OR revision < ?) ORDER BY revision DESC LIMIT ?",
        (image_id, before, before, limit),
    )
    return [
        HistoryEntry(row["revision"], row["client"], row["at"], json.loads(row["before"]), json.loads(row["after"]))
        for row in rows
    ]


def revision_of(connection: sqlite3.Connection, image_id: str, change_id: str) -> int | None:
    """The revision that a change made, or None if it was not made yet.

    Raises:
        Conflict: it was made to another image.
    """
    row = connection.execute("SELECT image_id, revision FROM history WHERE change_id = ?", (change_id,)).fetchone()
    if row is None:
        return None
    if row["image_id"] != image_id:
        raise Conflict("Expected an id of its own for every change, but this one was used for another image.")
    return int(row["revision"])


def remember(
    connection: sqlite3.Connection,
    image_id: str,
    revision: int,
    change: Change,
    *,
    at: str,
    before: list[dict[str, Any]],
    after: list[dict[str, Any]],
) -> None:
    """Append a change to the history, within its transaction."""
    texts = (json.dumps(documents, separators=(",", ":")) for documents in (before, after))
    connection.execute(
        "INSERT INTO history (image_id, revision, change_id, client, at, before, after) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (image_id, revision, change.id, change.client, at, *texts),
    )
