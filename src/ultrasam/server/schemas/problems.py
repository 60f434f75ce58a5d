"""What a refusal looks like, and which refusals a route may answer with."""

from __future__ import annotations

from typing import Any

from ultrasam.server.schemas.base import Wire


class Problem(Wire):
    """Why a request was refused.

    Attributes:
        detail: one or two sentences for people.
        kind: what to tell it by: input, prompt, image, weights, gone, missing, conflict, elsewhere, busy, full, large,
            unauthorised, forbidden, internal.
        revision: the latest revision, of a conflict.
        position: how many wait before this request, of what is busy.
        seconds: how long these will take, estimated.
    """

    detail: str
    kind: str
    revision: int | None = None
    position: int | None = None
    seconds: float | None = None


_MEANINGS = {
    400: "Not understood",
    401: "The token is missing or wrong",
    403: "A path outside the folder, or another site",
    404: "Unknown",
    409: "Made from an old state, or held by another tab",
    410: "No longer there",
    413: "Too large",
    422: "Not usable as it was given",
    500: "A mistake of the server",
    503: "Busy: try again later",
    507: "The disk is full",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """FastAPI's ``responses`` for what any route may answer, and for these statuses."""
    always = (400, 401, 403, 413, 422, 500, 503)
    return {status: {"model": Problem, "description": _MEANINGS[status]} for status in sorted({*always, *statuses})}
