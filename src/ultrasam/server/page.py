"""The page: files that were built from ``web/``."""

from __future__ import annotations

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

#: Where the build puts it.
STATIC = Path(__file__).with_name("static")
_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>UltraSam workbench</title>
<h1>The page is not built</h1>
<p>This is a checkout of the sources, in which the page must be built once: run <code>make web</code> (it needs
Node), then load this page again. Installed packages have it.</p>
</html>
"""
#: What systems say differently, or not at all.
_TYPES = {".wasm": "application/wasm", ".mjs": "text/javascript", ".js": "text/javascript"}


class Page:
    """Serves the built files; what is under ``/api`` and no route is not found.

    Args:
        folder: of the built files.
    """

    def __init__(self, folder: Path = STATIC) -> None:
        self._folder = folder
        self._files: ASGIApp = _Files(directory=folder, html=True, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a file."""
        if scope["type"] != "http":
            return
        if scope["path"] == "/api" or scope["path"].startswith("/api/"):
            raise HTTPException(404)
        if scope["path"] in ("/", "/index.html") and not (self._folder / "index.html").is_file():
            await HTMLResponse(_NOT_BUILT, status_code=404)(scope, receive, send)
            return
        await self._files(scope, receive, send)


class _Files(StaticFiles):
    def file_response(self, full_path, stat_result, scope, status_code=200) -> Response:  # type: ignore[no-untyped-def]
        answer = super().file_response(full_path, stat_result, scope, status_code)
        known = _TYPES.get(Path(full_path).suffix)
        if known is not None and isinstance(answer, FileResponse):
            answer.headers["Content-Type"] = known
        return answer
