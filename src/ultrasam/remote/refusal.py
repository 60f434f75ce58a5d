"""A server's refusals as this package's errors, with the server's own words."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from ultrasam.errors import ImageError, InputError, PromptError, UltraSamError, WeightsError

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

#: The word in a server's answer, and what is raised for it.
_ERRORS: dict[str, type[UltraSamError]] = {
    "prompt": PromptError,
    "image": ImageError,
    "input": InputError,
    "weights": WeightsError,
}


class Refused(UltraSamError):  # noqa: N818
    """A server's refusal that is no other error of this package.

    Attributes:
        kind: the server's word for it, such as ``"gone"``.
    """

    def __init__(self, message: str, kind: str) -> None:
        super().__init__(message)
        self.kind = kind


def raise_refusal(answer: httpx.Response, url: str) -> float:
    """Raise what an answer that is no success says.

    Args:
        answer: of the server.
        url: of the server, for the message.

    Returns:
        Seconds after which to ask again, where the server is busy; that alone is not raised.

    Raises:
        UltraSamError: all else.
    """
    said = _said(answer)
    kind, detail = str(said.get("kind", "")), said.get("detail")
    if kind == "busy":
        seconds, position = _number(said.get("seconds")), said.get("position")
        log.info("The server is busy: position %s in its queue, about %.0f seconds.", position, seconds)
        return seconds
    if answer.status_code == 401:
        raise Refused(
            f"The server at {url} lets nobody in without its token: give the one that it printed with token=….",
            "unauthorised",
        )
    if not kind or not isinstance(detail, str):
        raise Refused(
            f"Expected an UltraSam workbench at {url}, but got status {answer.status_code} and no reason: check the "
            "address.",
            kind,
        )
    if kind in _ERRORS:
        raise _ERRORS[kind](detail)
    raise Refused(detail, kind)


def _said(answer: httpx.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 1.0
