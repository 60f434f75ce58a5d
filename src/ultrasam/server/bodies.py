"""How large a request may be, known before anything of it is parsed."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ultrasam.server.failures import answer_to
from ultrasam.server.refusals import TooLarge

#: Longest JSON that is taken, in bytes.
MAX_JSON_BYTES = 16 * 2**20
#: Largest picture of a Python client.
MAX_SESSION_BYTES = 64 * 2**20


class LimitedBodies:
    """Refuses requests with too large a body; uploads, which go to the disk, have a limit of their own.

    Args:
        app: the application.
        max_bytes: of JSON; another one for tests.
    """

    def __init__(self, app: ASGIApp, max_bytes: int = MAX_JSON_BYTES) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its body, or refuse it."""
        if scope["type"] != "http" or (scope["method"], scope["path"]) == ("POST", "/api/images"):
            await self._app(scope, receive, send)
            return
        limit = MAX_SESSION_BYTES if scope["path"] == "/api/sessions" else self._max_bytes
        announced = Headers(scope=scope).get("content-length", "0")
        pieces: list[bytes] = []
        size = int(announced) if announced.isdecimal() else 0
        if size <= limit:
            size = 0
            while size <= limit:
                message = await receive()
                if message["type"] != "http.request":
                    return
                pieces.append(message.get("body", b""))
                size += len(pieces[-1])
                if not message.get("more_body", False):
                    break
        if size > limit:
            refusal = answer_to(TooLarge(f"Expected a request of at most {limit:,} bytes, but got more."))
            refusal.headers["Connection"] = "close"
            await refusal(scope, receive, send)
            return
        body: bytes | None = b"".join(pieces)
        pieces.clear()

        async def replay() -> Message:
            nonlocal body
            if body is None:
                return await receive()
            message, body = {"type": "http.request", "body": body, "more_body": False}, None
            return message

        await self._app(scope, replay, send)
