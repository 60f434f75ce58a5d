"""One SQLite file: opened safely, used by one thread at a time, its troubles said in words."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ultrasam.errors import InputError, UltraSamError
from ultrasam.server.project.migrations import migrate
from ultrasam.server.refusals import Busy, Full

_LOG = logging.getLogger(__name__)
#: Seconds to wait while another program holds the file.
_PATIENCE_S = 5.0
#: Bytes of the largest file that is looked through when it is opened, in less than a second.
_MOST_CHECKED = 256 * 2**20


class Database:
    """One connection that threads share by a lock: a transaction takes milliseconds, and they never interleave.

    Args:
        path: the file, made where it is missing.

    Raises:
        InputError: the file cannot be used: damaged, of a newer version, held by another program, no project at all.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # Who opens it is told where it lies; who asks over the network is not.
        self._shown = Path(path.name)
        self._lock = threading.RLock()
        try:
            with told(path):
                self._connection = _opened(path)
        except Busy as error:
            raise InputError(str(error)) from error

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, with no other thread on it: all that is read within is of one moment."""
        with self._lock, told(self._shown):
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The connection in a transaction: all within is on the disk when this ends, or nothing after any exception.

        Raises:
            Full: the disk is full.
            Busy: another program holds the file.
        """
        with self._lock, told(self._shown):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite itself rolls back after some errors, a full disk among them.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Wait for the transaction in progress, then close."""
        with self._lock:
            self._connection.close()


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Say SQLite's foreseen errors in words that help; others pass.

    Raises:
        Full: the disk is full, or does not take what is written.
        Busy: another program holds the file.
        InputError: the file is damaged or cannot be written.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        foreseen = _foreseen(str(error), path)
        if foreseen is None:
            raise
        raise foreseen from error


def _foreseen(text: str, path: Path) -> UltraSamError | None:
    if "disk is full" in text:
        return Full(f"Expected room on the disk for {path.name}, but it is full: free some, then it is saved.")
    if "disk I/O error" in text:
        return Full(
            f"Expected {path.name} to be written, but the disk refused: check its room, its quota and its state."
        )
    if "locked" in text or "locking protocol" in text:
        return Busy(f"Expected {path} to be free, but another program holds it: close that.", 0, 1.0)
    if "malformed" in text or "not a database" in text:
        return InputError(
            f"Expected {path} to be a project's file, but it is damaged or something else: move it away and put a copy "
            f'in its place, or save what can be read with  sqlite3 "{path.name}" .recover | sqlite3 new.sqlite'
        )
    if "readonly" in text or "unable to open" in text:
        return InputError(f"Expected to write {path}, but its folder or itself cannot be written: use --project DIR.")
    return None


def connect(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode, for any thread."""
    return sqlite3.connect(path, timeout=_PATIENCE_S, isolation_level=None, check_same_thread=False)


def _opened(path: Path) -> sqlite3.Connection:
    if path.exists() and not path.is_file():
        raise InputError(f"Expected {path} to be a project's file, but it is a folder or a device.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"Expected to make the folder {path.parent}, but {error.strerror}: use --project DIR."
        ) from error
    connection = connect(path)
    try:
        connection.row_factory = sqlite3.Row
        if path.stat().st_size <= _MOST_CHECKED:
            _check(connection)
        _choose_journal(connection, path)
        connection.execute("PRAGMA synchronous = FULL")
        migrate(connection, path)
        connection.execute("PRAGMA foreign_keys = ON")
        _try_to_write(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection) -> None:
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(f"malformed: {found}")


def _try_to_write(connection: sqlite3.Connection) -> None:
    # Better told now than at the first click.
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute("UPDATE project SET labels_revision = labels_revision")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _choose_journal(connection: sqlite3.Connection, path: Path) -> None:
    # Readers of other programs are not in the way of a write-ahead log; some network folders cannot have one.
    try:
        mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "readonly" in str(error):
            raise
        mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
    if mode != "wal":
        _LOG.info("%s is kept without a write-ahead log, as its file system has none.", path.name)
