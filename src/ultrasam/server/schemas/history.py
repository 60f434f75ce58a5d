"""What was changed, and what had been."""

from __future__ import annotations

from ultrasam.server.schemas.base import Wire
from ultrasam.server.schemas.items import Item


class ChangeAnswer(Wire):
    """A change that is kept.

    Attributes:
        revision: of the annotation with it.
    """

    revision: int


class HistoryEntry(Wire):
    """One change.

    Attributes:
        revision: that it led to.
        client: who made it.
        at: when, UTC in ISO 8601.
        before: the items that it altered, as they had been; one that it made is not among them.
        after: the same as they became; one that it removed is not among them.
    """

    revision: int
    client: str
    at: str
    before: list[Item]
    after: list[Item]


class History(Wire):
    """Changes, newest first.

    Attributes:
        entries: the changes.
    """

    entries: list[HistoryEntry]
