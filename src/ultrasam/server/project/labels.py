"""The project's list of labels."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from ultrasam.errors import InputError
from ultrasam.server.project.naming import folded
from ultrasam.server.refusals import Conflict
from ultrasam.server.schemas.items import Label


@dataclass(frozen=True)
class LabelRow:
    """A label, and how many objects of all images have it."""

    id: str
    name: str
    colour: str
    objects: int


@dataclass(frozen=True)
class LabelList:
    """All labels in their order, and how often the list was changed."""

    revision: int
    labels: tuple[LabelRow, ...]


def labels(connection: sqlite3.Connection) -> LabelList:
    """The list as it is."""
    rows = connection.execute(
        """
        SELECT id, name, colour, (SELECT count(*) FROM item WHERE label_id = label.id) AS objects
        FROM label ORDER BY position
        """
    )
    revision = connection.execute("SELECT labels_revision FROM project").fetchone()[0]
    return LabelList(revision, tuple(LabelRow(**dict(row)) for row in rows))


def put_labels(connection: sqlite3.Connection, base_revision: int, wanted: Sequence[Label]) -> LabelList:
    """Put a list in the place of the one that it was made from, within a transaction.

    The list that is there already changes nothing, so that a request can be sent again.

    Raises:
        InputError: an id or a name comes twice.
        Conflict: the list was changed meanwhile, or objects have a label that would go.
    """
    _check_unique(wanted)
    current = labels(connection)
    if [(each.id, each.name, each.colour) for each in current.labels] == [
        (each.id, each.name, each.colour) for each in wanted
    ]:
        return current
    if base_revision != current.revision:
        raise Conflict("Expected a change to the latest labels, but they were changed meanwhile.", current.revision)
    kept = {label.id for label in wanted}
    for label in current.labels:
        if label.id not in kept and label.objects:
            raise Conflict(
                f'Expected labels that are not used to go, but {label.objects} object(s) have "{label.name}": '
                "give these another label.",
                current.revision,
            )
    connection.executemany(
        "DELETE FROM label WHERE id = ?", [(each.id,) for each in current.labels if each.id not in kept]
    )
    connection.executemany(
        """
        INSERT INTO label (id, name, colour, position) VALUES (?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, colour = excluded.colour, position = excluded.position
        """,
        [(label.id, label.name, label.colour, position) for position, label in enumerate(wanted)],
    )
    connection.execute("UPDATE project SET labels_revision = labels_revision + 1")
    return labels(connection)


def _check_unique(wanted: Sequence[Label]) -> None:
    for what, values in (("id", [label.id for label in wanted]), ("name", [folded(label.name) for label in wanted])):
        if len(set(values)) < len(values):
            raise InputError(f"Expected every label to have its own {what}, but one comes twice.")
