"""A web server on this machine with an answer for each address, for hosts that list files."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Web:
    """``answers``: path (with query) to bytes, to something for JSON, to a status, or to several, one a request."""

    def __init__(self):
        self.answers = {}
        self.asked = []
        self.url = ""

    def answer_to(self, path):
        answer = self.answers.get(path, 404)
        if isinstance(answer, tuple):
            answer, *rest = answer
            self.answers[path] = tuple(rest) if len(rest) > 1 else rest[0]
        return answer


@contextmanager
def running(web: Web):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            web.asked.append(self.path)
            answer = web.answer_to(self.path)
            if isinstance(answer, int):
                self.send_error(answer)
                return
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    web.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
