"""A project: images, what was annotated on them, and the labels, in one SQLite file."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ultrasam.server.project import folder, history, images, items, labels
from ultrasam.server.project.database import Database
from ultrasam.server.project.folder import Move, SyncResult, Unclaimed
from ultrasam.server.project.history import HistoryEntry
from ultrasam.server.project.images import ImagePage, ImageRow
from ultrasam.server.project.labels import LabelList
from ultrasam.server.project.leases import Leases
from ultrasam.server.schemas.items import Change, Label, State

if TYPE_CHECKING:
    from typing_extensions import Self


@dataclass(frozen=True)
class Annotation:
    """An image and its items, both of one revision."""

    image: ImageRow
    items: list[dict[str, Any]]


class Project:
    """Any thread may use it. What a method that changes something has returned from is on the disk.

    Every method may raise what :func:`ultrasam.server.project.database.told` says: ``Full``, ``Busy``, ``InputError``.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """Open a project's file, make it where it is missing, bring it to the latest version where it is older.

        Raises:
            InputError: the file cannot be used, and why.
        """
        return cls(Database(Path(path)))

    def close(self) -> None:
        """Close the file once what is being written is written."""
        self.database.close()

    def lost(self, names: Collection[str]) -> list[ImageRow]:
        """Images that were worked on and are not in the folder, of which these are all names."""
        with self.database.reading() as connection:
            return folder.lost(connection, names)

    def unclaimed(self, names: Collection[str]) -> Unclaimed:
        """Those of the folder's names that the file of a lost image may have now."""
        with self.database.reading() as connection:
            return folder.unclaimed(connection, names)

    def sync_folder(self, names: Sequence[str], moves: Sequence[Move] = ()) -> SyncResult:
        """Take over what lies in the folder.

        Args:
            names: all of it, relative and with ``/``.
            moves: files of lost images under unclaimed names; one that does not hold any more is passed over.
        """
        with self.database.writing() as connection:
            return folder.sync_folder(connection, names, moves)

    def add_upload(self, name: str, stored: str) -> ImageRow:
        """Add an upload: its name for people, and where it lies."""
        with self.database.writing() as connection:
            return images.add_upload(connection, name, stored)

    def remove_image(self, image_id: str) -> ImageRow:
        """Forget an upload without items; its file is the caller's to delete.

        Raises:
            Missing: there is no such image.
            Conflict: it has items, or is a file of the folder.
        """
        with self.database.writing() as connection:
            return images.remove_image(connection, image_id)

    def image(self, image_id: str) -> ImageRow:
        """One image.

        Raises:
            Missing: there is no such image.
        """
        with self.database.reading() as connection:
            return images.image(connection, image_id)

    def images(
        self, *, search: str = "", state: State | None = None, offset: int = 0, limit: int | None = 200
    ) -> ImagePage:
        """A part of the list in natural order; ``limit`` None gives all."""
        with self.database.reading() as connection:
            return images.images(connection, search=search, state=state, offset=offset, limit=limit)

    def note_facts(self, image_id: str, facts: Mapping[str, Any]) -> None:
        """Keep what opening an image's file told, JSON-ready.

        Raises:
            Missing: there is no such image.
        """
        with self.database.writing() as connection:
            images.note_facts(connection, image_id, facts)

    def items(self, image_id: str) -> list[dict[str, Any]]:
        """The items of an image as their JSON.

        Raises:
            Missing: there is no such image.
        """
        return self.annotation(image_id).items

    def annotation(self, image_id: str) -> Annotation:
        """An image with its items as their JSON, read at one moment.

        Raises:
            Missing: there is no such image.
        """
        with self.database.reading() as connection:
            return Annotation(images.image(connection, image_id), items.items(connection, image_id))

    def apply(self, image_id: str, change: Change, *, leases: Leases | None = None) -> int:
        """Make a change once, however often it comes; gives the revision that it made.

        Raises:
            Missing: there is no such image.
            Elsewhere: another client holds it.
            Conflict: the change was made from another revision, or a label of it is gone.
        """
        at = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        with self.database.writing() as connection:
            return items.apply(connection, image_id, change, at=at, leases=leases)

    def history(self, image_id: str, before: int | None = None, limit: int = 50) -> list[HistoryEntry]:
        """Changes of an image below revision ``before``, the latest first.

        Raises:
            Missing: there is no such image.
        """
        with self.database.reading() as connection:
            return history.history(connection, image_id, before=before, limit=limit)

    def labels(self) -> LabelList:
        """The labels."""
        with self.database.reading() as connection:
            return labels.labels(connection)

    def put_labels(self, base_revision: int, wanted: Sequence[Label]) -> LabelList:
        """Put a list in the place of the one that it was made from.

        Raises:
            InputError: an id or a name comes twice.
            Conflict: the list was changed meanwhile, or objects have a label that would go.
        """
        with self.database.writing() as connection:
            return labels.put_labels(connection, base_revision, wanted)
