"""Why the workbench refuses what it was asked: each refusal knows its kind and its HTTP status."""

from __future__ import annotations

from typing import Any, ClassVar

from ultrasam.errors import UltraSamError


class Refusal(UltraSamError):  # noqa: N818
    """Base of every refusal. The message is the ``detail`` of the answer.

    Attributes:
        kind: the word by which the page and the Python client tell refusals apart.
        status: the HTTP status of the answer.
    """

    kind: ClassVar[str]
    status: ClassVar[int]

    @property
    def more(self) -> dict[str, Any]:
        """What the answer says beyond ``detail`` and ``kind``, JSON-ready."""
        return {}


class Missing(Refusal):
    """There is no such image, label, session or file."""

    kind = "missing"
    status = 404


class Gone(Refusal):
    """It was there: a file deleted from the folder, a session that made room for others."""

    kind = "gone"
    status = 410


class Unauthorised(Refusal):
    """The token is missing or wrong."""

    kind = "unauthorised"
    status = 401


class Forbidden(Refusal):
    """A path outside the folder, or a request that comes from another site."""

    kind = "forbidden"
    status = 403


class TooLarge(Refusal):
    """More bytes came than are taken."""

    kind = "large"
    status = 413


class Full(Refusal):
    """The disk is full; nothing of what was to be written is left."""

    kind = "full"
    status = 507


class Elsewhere(Refusal):
    """Another tab or client holds the image."""

    kind = "elsewhere"
    status = 409


class Conflict(Refusal):
    """The change was made from a state that is not the latest, or would break what hangs on it.

    Args:
        message: what to tell the user.
        revision: the latest revision, where there is one.
    """

    kind = "conflict"
    status = 409

    def __init__(self, message: str, revision: int | None = None) -> None:
        super().__init__(message)
        self.revision = revision

    @property
    def more(self) -> dict[str, Any]:
        """``{"revision": …}`` where it is known."""
        return {} if self.revision is None else {"revision": self.revision}


class Busy(Refusal):
    """Too much waits for the model.

    Args:
        message: what to tell the user.
        position: how many jobs are before this one.
        seconds: how long these will take, estimated.
    """

    kind = "busy"
    status = 503

    def __init__(self, message: str, position: int, seconds: float) -> None:
        super().__init__(message)
        self.position = position
        self.seconds = seconds

    @property
    def more(self) -> dict[str, Any]:
        """``{"position": …, "seconds": …}``."""
        return {"position": self.position, "seconds": self.seconds}


def being_closed() -> Busy:
    """What whoever waits for something is told when the workbench ends."""
    return Busy("The workbench is being closed.", 0, 0.0)
