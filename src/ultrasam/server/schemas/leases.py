"""Who may write an image."""

from __future__ import annotations

from ultrasam.server.schemas.base import ClientId, Wire


class LeaseRequest(Wire):
    """A client that wants to write.

    Attributes:
        client: who it is.
        take: whether to take the image from another that holds it.
    """

    client: ClientId
    take: bool = False


class ReleaseRequest(Wire):
    """A client that writes no longer.

    Attributes:
        client: who it is.
    """

    client: ClientId


class LeaseAnswer(Wire):
    """Who holds the image.

    Attributes:
        held: whether the client that asked does.
        by_other: whether another does.
        revision: of the image's annotation.
        file: the state of its file, another one after each writing; null where the file is not there.
    """

    held: bool
    by_other: bool
    revision: int
    file: str | None
