"""Who may talk to the workbench.

On this machine alone no token is needed, but a page of another site must not reach it through the user's browser: not
by a request of its own (``Origin``, ``Sec-Fetch-Site``), nor by a name of its own that leads here (DNS rebinding, told
by ``Host``). Beyond this machine every request needs the token.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ultrasam.server.failures import answer_to
from ultrasam.server.refusals import Forbidden, Unauthorised
from ultrasam.server.settings import LOOPBACK, Settings
from ultrasam.server.tries import Tries

#: Where the page that asks for the token sends it.
ENTER = "/enter"
_LONGEST_FORM = 4096
_ASKING = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>UltraSam workbench</title>
<h1>UltraSam workbench</h1>
<p>This workbench asks for its token. Whoever started it sees it in the terminal.</p>
{again}<form method="post" action="/enter"><label>Token <input type="password" name="token" required autofocus
 autocomplete="current-password"></label> <button>Open</button></form>
</html>
"""


class Access:
    """Lets in whoever may talk to the workbench.

    Args:
        app: the application.
        settings: host and token.
        tries: slows down who guesses.
    """

    def __init__(self, app: ASGIApp, settings: Settings, tries: Tries | None = None) -> None:
        self._app = app
        self._settings = settings
        self._tries = tries or Tries()
        # Cookies are shared by all ports of a host: each workbench has a name of its own, made of its token.
        secret = (settings.token or "").encode()
        self._cookie = f"ultrasam_{hmac.new(secret, b'name', hashlib.sha256).hexdigest()[:12]}"
        self._cookie_value = hmac.new(secret, b"cookie", hashlib.sha256).hexdigest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        answer = self._foreign(scope) or await self._locked(Request(scope, receive))
        await (self._app if answer is None else answer)(scope, receive, send)

    def _foreign(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self._settings.is_loopback and _name(host) not in LOOPBACK:
            return answer_to(Forbidden("Expected the address that the server printed, but got another host name."))
        origin = headers.get("origin")
        if origin is not None and not _is_own(origin, host, scope["scheme"]):
            return answer_to(Forbidden("Requests from other sites are refused."))
        if scope["path"].startswith("/api") and headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return answer_to(Forbidden("Requests from other sites are refused."))
        return None

    async def _locked(self, request: Request) -> Response | None:
        token = self._settings.token
        if token is None:
            return None
        path, scheme = request.url.path, request.headers.get("authorization", "").partition(" ")
        if path == ENTER and request.method == "POST":
            return await self._enter(request, await _given(request))
        if path == "/" and request.method == "GET" and "token" in request.query_params:
            return await self._enter(request, request.query_params["token"])
        is_tried = bool(scheme[2])
        if scheme[0].lower() == "bearer" and _same(scheme[2].strip(), token):
            return None
        if self._cookie in request.cookies:
            if _same(request.cookies[self._cookie], self._cookie_value):
                return None
            is_tried = True
        if is_tried:
            await self._tries.failed(_address(request))
        if path.startswith("/api"):
            answer = answer_to(Unauthorised("Expected the token of this workbench, but got none or another."))
            answer.headers["WWW-Authenticate"] = "Bearer"
            return answer
        return HTMLResponse(_ASKING.format(again=""), status_code=401)

    async def _enter(self, request: Request, given: str) -> Response:
        if not _same(given.strip(), self._settings.token or ""):
            await self._tries.failed(_address(request))
            return HTMLResponse(_ASKING.format(again="<p>That was another token.</p>\n"), status_code=401)
        answer = RedirectResponse("/", status_code=303)
        answer.set_cookie(
            self._cookie,
            self._cookie_value,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
            max_age=30 * 24 * 3600,
        )
        return answer


async def _given(request: Request) -> str:
    """The token of the form; of a longer request no more is read than a token can be."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LONGEST_FORM:
            return ""
    return parse_qs(body.decode("utf-8", "replace")).get("token", [""])[0]


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _name(host: str) -> str | None:
    """Host name of a ``Host`` header, in lower case and without port or brackets."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _is_own(origin: str, host: str, scheme: str) -> bool:
    """Whether an ``Origin`` is the place that a ``Host`` header names; a port that goes without saying counts.

    A page that came without TLS is not this server's, where it speaks TLS; one that came with it may be, where another
    server before this one speaks it.
    """
    try:
        sent, own = urlsplit(origin), urlsplit(f"//{host}")
        if scheme == "https" != sent.scheme:
            return False
        usual = {"http": 80, "https": 443}.get(sent.scheme)
        return sent.hostname is not None and (sent.hostname, sent.port or usual) == (own.hostname, own.port or usual)
    except ValueError:
        return False
