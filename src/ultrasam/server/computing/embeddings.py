"""Encoded images in memory, bounded in bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import replace

from ultrasam.imaging import Frame
from ultrasam.inference import Session

DEFAULT_MAX_BYTES = 512 * 2**20


class Embeddings:
    """Sessions by key; the least recently used go first. Of any size, the newest stays.

    Args:
        max_bytes: bound on embeddings and pixels together.
    """

    def __init__(self, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        self.max_bytes = max_bytes
        self._sessions: OrderedDict[Hashable, Session] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def bytes(self) -> int:
        """Bytes of embeddings and pixels that are kept now."""
        return self._bytes

    def get(self, key: Hashable) -> Session | None:
        """The session, or None where it is not here (any more); counts as a use of it."""
        with self._lock:
            session = self._sessions.get(key)
            if session is not None:
                self._sessions.move_to_end(key)
            return session

    def put(self, key: Hashable, session: Session) -> None:
        """Keep a session, and let others go where there are too many bytes."""
        with self._lock:
            self._drop(key)
            self._sessions[key] = session
            self._bytes += _bytes_of(session)
            while self._bytes > self.max_bytes and len(self._sessions) > 1:
                self._drop(next(iter(self._sessions)))

    def remove(self, key: Hashable) -> None:
        """Let a session go, where it is here."""
        with self._lock:
            self._drop(key)

    def __len__(self) -> int:
        """Number of sessions."""
        return len(self._sessions)

    def _drop(self, key: Hashable) -> None:
        session = self._sessions.pop(key, None)
        if session is not None:
            self._bytes -= _bytes_of(session)


def alone(frame: Frame) -> Frame:
    """The frame with pixels of its own: a view of a cine would keep the whole cine in memory."""
    return frame if frame.pixels.base is None else replace(frame, pixels=frame.pixels.copy())


def _bytes_of(session: Session) -> int:
    embedding = session.embedding
    return embedding.element_size() * embedding.nelement() + session.frame.pixels.nbytes
