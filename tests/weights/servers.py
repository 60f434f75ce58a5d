"""A web server on this machine that behaves as told."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Site:
    """What the server gives, and how badly.

    ``drop_after`` is consumed, a number an answer: the bytes that it gives before the connection breaks.
    """

    content: bytes
    status: int = 200
    ranges: bool = True
    etag: str | None = '"one"'
    drop_after: list[int] = field(default_factory=list)
    silent_s: list[float] = field(default_factory=list)
    block_pause_s: float = 0.0
    redirect: str | None = None
    requests: list[dict[str, str]] = field(default_factory=list)
    url: str = ""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_args):
        """A client that hangs up is what some tests are about."""


@contextmanager
def serving(site: Site):
    server = _Server(("127.0.0.1", 0), _handler(site))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}/weights.pth"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(site: Site):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            site.requests.append(dict(self.headers))
            if site.redirect:
                self.send_response(302)
                self.send_header("Location", site.redirect)
                self.end_headers()
                return
            if site.status != 200:
                self.send_error(site.status)
                return
            self._send(self._start())

        def _start(self):
            wanted = self.headers.get("Range")
            if not wanted or not site.ranges or self.headers.get("If-Range", site.etag) != site.etag:
                return 0
            return int(wanted.removeprefix("bytes=").removesuffix("-"))

        def _send(self, start):
            total = len(site.content)
            if start >= total:
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{total}")
                self.end_headers()
                return
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
            if site.etag:
                self.send_header("ETag", site.etag)
            self.send_header("Content-Length", str(total - start))
            self.end_headers()
            body = site.content[start:]
            if site.silent_s:
                time.sleep(site.silent_s.pop(0))
            if site.drop_after:
                body = body[: site.drop_after.pop(0)]
            for first in range(0, len(body), 4096):
                self.wfile.write(body[first : first + 4096])
                time.sleep(site.block_pause_s)

        def log_message(self, *_args):
            pass

    return Handler
