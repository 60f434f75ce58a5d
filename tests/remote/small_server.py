"""A workbench's answers to clients without a network between: requests are answered by a function."""

from __future__ import annotations

import json
from contextlib import contextmanager

import httpx

from ultrasam.errors import ImageError, InputError, PromptError, UltraSamError
from ultrasam.imaging import Frame
from ultrasam.remote.model import RemoteModel
from ultrasam.remote.pixels_png import pixels_from_png
from ultrasam.remote.transport import Transport
from ultrasam.server.computing import Answering, Embeddings, ModelQueue
from ultrasam.server.refusals import Refusal

URL = "http://workbench.test"
KINDS = {PromptError: "prompt", ImageError: "image", InputError: "input"}
STATUS = {
    "version": "0.1.0",
    "model": {"title": "Small", "licence": "none", "sha256": None, "inputSize": 64, "pipeline": "sam"},
}


class SmallServer:
    """Keeps what was asked in ``log``: method, path and, of sessions, nothing more."""

    def __init__(self, segmenter, embeddings_bytes=2**26):
        self.queue = ModelQueue()
        self.answering = Answering(segmenter, self.queue, Embeddings(embeddings_bytes))
        self.log = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.log.append((request.method, request.url.path))
        try:
            return self._answer(request.method, request.url.path.removeprefix("/api/").split("/"), request)
        except UltraSamError as error:
            status = error.status if isinstance(error, Refusal) else 422
            kind = error.kind if isinstance(error, Refusal) else KINDS[type(error)]
            more = error.more if isinstance(error, Refusal) else {}
            return httpx.Response(status, json={"detail": str(error), "kind": kind, **more})

    def _answer(self, method, path, request):
        if path == ["status"]:
            return httpx.Response(200, json=STATUS)
        if path == ["sessions"]:
            name, size_hw = self.answering.new_session(lambda: Frame(pixels_from_png(request.content)))
            return httpx.Response(201, json={"id": name, "sizeHw": size_hw})
        if method == "DELETE":
            self.answering.end_session(path[1])
            return httpx.Response(204)
        answer = self.answering.segment_session(path[1], json.loads(request.content))
        return httpx.Response(200, json=answer)


def transport_to(handler, **options) -> Transport:
    """A transport whose requests a function answers."""
    http = httpx.Client(transport=httpx.MockTransport(handler), base_url=URL)
    return Transport(URL, http=http, **options)


@contextmanager
def served(segmenter, **options):
    """A remote model, and the server that it asks."""
    server = SmallServer(segmenter, **options)
    try:
        with RemoteModel(transport_to(server)) as model:
            yield model, server
    finally:
        server.queue.close()
