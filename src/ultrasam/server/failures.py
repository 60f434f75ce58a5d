"""Whatever goes wrong as an answer: ``{"detail": …, "kind": …}`` with the right status."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ultrasam.errors import ImageError, InputError, MissingExtraError, PromptError, UltraSamError, WeightsError
from ultrasam.files import DISK_IS_FULL
from ultrasam.server.refusals import Refusal, being_closed

log = logging.getLogger(__name__)

_KINDS: tuple[tuple[type[UltraSamError], str, int], ...] = (
    (PromptError, "prompt", 422),
    (ImageError, "image", 422),
    (MissingExtraError, "image", 422),
    (InputError, "input", 422),
    (WeightsError, "weights", 500),
    (UltraSamError, "internal", 500),
)
_KINDS_OF_STATUS = {401: "unauthorised", 403: "forbidden", 404: "missing", 410: "gone", 413: "large"}


def problem(status: int, kind: str, detail: str, **more: Any) -> JSONResponse:
    """Give the answer that says why a request was refused."""
    headers = {"Retry-After": str(max(1, math.ceil(more["seconds"])))} if "seconds" in more else None
    return JSONResponse({"detail": detail, "kind": kind, **more}, status_code=status, headers=headers)


def answer_to(error: BaseException) -> JSONResponse:
    """Give the answer for an error; what is unforeseen is logged and tells nothing of the inside."""
    if isinstance(error, Refusal):
        return problem(error.status, error.kind, str(error), **error.more)
    for known, kind, status in _KINDS:
        if isinstance(error, known):
            return problem(status, kind, str(error))
    if isinstance(error, OSError) and error.errno in DISK_IS_FULL:
        return problem(507, "full", "The disk is full; nothing was changed. Make room, then try again.")
    log.error("A request failed.", exc_info=error)
    return problem(500, "internal", "The server made a mistake; its log says which. Nothing was changed.")


def say_failures(application: FastAPI) -> None:
    """Have an application answer foreseen errors as above."""

    def foreseen(_: Request, error: Exception) -> JSONResponse:
        return answer_to(error)

    def invalid(_: Request, error: Exception) -> JSONResponse:
        return problem(422, "input", _sentence(error.errors() if isinstance(error, RequestValidationError) else ()))

    def by_status(_: Request, error: Exception) -> JSONResponse:
        status = error.status_code if isinstance(error, HTTPException) else 500
        detail = str(error.detail) if isinstance(error, HTTPException) else "Unknown."
        answer = problem(status, _KINDS_OF_STATUS.get(status, "input"), _told(status, detail))
        if isinstance(error, HTTPException) and error.headers:
            answer.headers.update(error.headers)
        return answer

    application.add_exception_handler(UltraSamError, foreseen)
    application.add_exception_handler(OSError, foreseen)
    application.add_exception_handler(RequestValidationError, invalid)
    application.add_exception_handler(HTTPException, by_status)


class Unforeseen:
    """Answers what no handler foresees, inside the middleware that sets headers.

    Args:
        app: the application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        has_begun = False

        async def noting(message: Message) -> None:
            nonlocal has_begun
            has_begun = has_begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except ClientDisconnect:
            # Nobody is there to be answered, and nothing went wrong here.
            return
        except asyncio.CancelledError:
            # The server ends, and waits no longer for what takes long, such as an export.
            if has_begun or scope["type"] != "http":
                raise
            await answer_to(being_closed())(scope, receive, send)
        except Exception as error:
            if has_begun or scope["type"] != "http":
                raise
            await answer_to(error)(scope, receive, send)


def _told(status: int, detail: str) -> str:
    if status == 404:
        return "There is nothing at this address."
    if status == 405:
        return "This address does not take requests of this kind."
    if status == 400:
        return "The request cannot be read: JSON was expected."
    return detail


def _sentence(errors: Sequence[Any]) -> str:
    """Say the first thing that is wrong with a request, and where."""
    if not errors:
        return "The request is not as it should be."
    first = errors[0]
    # Names of validators, such as "function-after[…]", are nobody's business.
    parts = [str(part) for part in first["loc"] if part != "body"]
    place = ".".join(part for part in parts if "[" not in part) or "the request"
    message = str(first["msg"]).removeprefix("Value error, ")
    more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{place[:200]}: {message[:500]}{more}"
