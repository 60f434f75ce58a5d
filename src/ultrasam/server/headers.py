"""What every answer says to the browser: nothing from elsewhere, nothing to elsewhere."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: The page is from this server alone; WebAssembly may be compiled, and workers are files of the page.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "worker-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer", with which a browser sends the form that asks for the token with "Origin: null".
    "Referrer-Policy": "same-origin",
    # Isolated from other origins, a page may share memory between threads.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), usb=(), serial=(), payment=()",
}
#: Compressed already, numbers that do not compress, or (WebAssembly) sooner sent than compressed.
_AS_THEY_ARE = (".png", ".onnx", ".wasm", "/thumbnail", "/embedding", "/export")


class SafeHeaders:
    """Sets the headers of every answer.

    Args:
        app: the application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", _caching(path, message["status"]))
            await send(message)

        await self._app(scope, receive, sending)


class Compressed:
    """Compresses text; pictures and numbers go as they are.

    Args:
        app: the application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._compressing = GZipMiddleware(app, minimum_size=1024, compresslevel=5)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        is_text = scope["type"] == "http" and not scope["path"].endswith(_AS_THEY_ARE)
        await (self._compressing if is_text else self._app)(scope, receive, send)


def _caching(path: str, status: int) -> str:
    """Names of built assets have a hash of their content; the page itself is asked for each time."""
    if path.startswith("/assets/") and status in (200, 206, 304):
        return "private, max-age=31536000, immutable"
    return "no-store" if path.startswith("/api/") or status >= 400 else "no-cache"
