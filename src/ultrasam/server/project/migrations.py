"""The tables of a project, and how a file of an older version becomes one of the latest."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeAlias

from ultrasam.errors import InputError
from ultrasam.files import written_whole

#: What makes a version of the one before, within a transaction.
Migration: TypeAlias = Callable[[sqlite3.Connection], None]

#: Marks a file as ours in SQLite's header: "USAM".
_APPLICATION_ID = 0x5553414D

_VERSION_1 = (
    """
    CREATE TABLE project (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        labels_revision INTEGER NOT NULL
    )
    """,
    "INSERT INTO project (id, labels_revision) VALUES (1, 0)",
    """
    CREATE TABLE label (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        colour TEXT NOT NULL,
        position INTEGER NOT NULL
    )
    """,
    # stored: where an upload lies; NULL for a file of the folder. folded and sorting: of the name, to search and sort.
    """
    CREATE TABLE image (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        stored TEXT,
        folded TEXT NOT NULL,
        sorting TEXT NOT NULL,
        is_missing INTEGER NOT NULL DEFAULT 0 CHECK (is_missing IN (0, 1)),
        state TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'in work', 'done')),
        revision INTEGER NOT NULL DEFAULT 0 CHECK (revision >= 0),
        facts TEXT
    )
    """,
    "CREATE UNIQUE INDEX image_of_folder ON image (name) WHERE stored IS NULL",
    "CREATE INDEX image_sorting ON image (sorting, name, id)",
    """
    CREATE TABLE item (
        image_id TEXT NOT NULL REFERENCES image (id) ON DELETE CASCADE,
        id TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('object', 'ruler', 'image')),
        frame INTEGER,
        label_id TEXT REFERENCES label (id),
        body TEXT NOT NULL,
        PRIMARY KEY (image_id, id)
    )
    """,
    "CREATE INDEX item_kind ON item (image_id, kind, frame)",
    "CREATE INDEX item_label ON item (label_id)",
    """
    CREATE TABLE history (
        image_id TEXT NOT NULL REFERENCES image (id) ON DELETE CASCADE,
        revision INTEGER NOT NULL CHECK (revision > 0),
        change_id TEXT NOT NULL UNIQUE,
        client TEXT NOT NULL,
        at TEXT NOT NULL,
        before TEXT NOT NULL,
        after TEXT NOT NULL,
        PRIMARY KEY (image_id, revision)
    )
    """,
)


def _make_version_1(connection: sqlite3.Connection) -> None:
    for statement in _VERSION_1:
        connection.execute(statement)


#: The n-th makes version n + 1 of version n. What was released is never altered: a new one is appended.
MIGRATIONS: tuple[Migration, ...] = (_make_version_1,)


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring a file to the latest version in one transaction; a copy of an older one is kept beside it.

    Args:
        connection: in autocommit mode, foreign keys not enforced.
        path: of the file, to name the copy by: ``project-version-1.sqlite``.

    Raises:
        InputError: it is another program's database, or of a newer version than this one knows.
    """
    version = _version(connection, path)
    if version == len(MIGRATIONS):
        return
    if version:
        _keep_copy(connection, path.with_name(f"{path.stem}-version-{version}{path.suffix}"))
    connection.execute("BEGIN EXCLUSIVE")
    try:
        for step in MIGRATIONS[version:]:
            step(connection)
        if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise sqlite3.IntegrityError("a migration left references to nothing")
        connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection, path: Path) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    has_tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] > 0
    if owner != _APPLICATION_ID and (owner or version or has_tables):
        raise InputError(f"Expected {path} to be a project of the workbench, but it is another program's database.")
    if version > len(MIGRATIONS):
        raise InputError(
            f"Expected a project of version {len(MIGRATIONS)} or older, but {path} is of version {version}: "
            'update this program with  pip install --upgrade "ultrasam[serve]"'
        )
    return version


def _keep_copy(connection: sqlite3.Connection, target: Path) -> None:
    with written_whole(target) as temporary, closing(sqlite3.connect(temporary)) as copy:
        connection.backup(copy)
