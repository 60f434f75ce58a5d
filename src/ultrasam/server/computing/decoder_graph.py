"""The decoder that the page runs in the browser: an ONNX graph, made once for some weights."""

from __future__ import annotations

import hashlib
import logging
import threading
from pathlib import Path
from typing import Literal

import torch

from ultrasam.backends.graph_store import GraphStore
from ultrasam.errors import UltraSamError
from ultrasam.inference import Segmenter
from ultrasam.inference.pipelines import OfficialUltraSamPipeline
from ultrasam.server.computing.decoder_process import Stopped, WritingProcess
from ultrasam.server.computing.decoder_weights import DecoderWeights

log = logging.getLogger(__name__)

#: Seconds that closing waits for the thread.
_CLOSING_S = 2.0

DecoderState = Literal["making", "ready", "unavailable"]


class DecoderGraph:
    """Makes the graph in the background, or says why there is none.

    A process of its own makes it, as the exporter changes things of the whole process that it runs in. Later starts
    find it in the cache of graphs, which backends share.

    Args:
        segmenter: whose decoder.
        store: where graphs are kept.

    Attributes:
        state: ``"making"``, ``"ready"`` or ``"unavailable"``.
        reason: why it is unavailable; None otherwise.
        content: the ONNX file, 17 MB; None until it is ready.
        sha256: of the content; None until it is ready.
    """

    def __init__(self, segmenter: Segmenter, store: GraphStore | None = None) -> None:
        self.state: DecoderState = "making"
        self.reason: str | None = None
        self.content: bytes | None = None
        self.sha256: str | None = None
        self._segmenter = segmenter
        self._store = store or GraphStore()
        self._process = WritingProcess()
        self._lock = threading.Lock()
        self._is_closed = False
        self._thread = threading.Thread(target=self._make, name="decoder graph", daemon=True)

    def start(self) -> None:
        """Begin to make it. Where there can be none, this is known at once."""
        self.reason = _why_not(self._segmenter)
        if self.reason is not None:
            self.state = "unavailable"
            return
        self._thread.start()

    def wait(self, timeout: float | None = None) -> None:
        """Until it is ready or unavailable, or so many seconds have passed."""
        if self._thread.ident is not None:
            self._thread.join(timeout)

    def close(self) -> None:
        """Stop making it."""
        with self._lock:
            self._is_closed = True
        self._process.stop()
        # It may wait for another program that makes the same graph; it keeps nothing after this.
        self.wait(_CLOSING_S)

    def _make(self) -> None:
        model = self._segmenter
        try:
            found = self._store.graph(model.checkpoint, model.input_size, _part(model), self._write)
            self._keep(found)
        except Stopped:
            self._fail("The workbench is being closed.")
        except (UltraSamError, OSError) as error:
            self._fail(str(error))
            log.warning("The decoder for the browser cannot be made, so that the server decodes: %s", error)
        except Exception:
            self._fail("It could not be made; the server's log says more.")
            log.exception("The decoder for the browser cannot be made, so that the server decodes.")

    def _write(self, path: Path) -> None:
        model = self._segmenter
        self._process.write(DecoderWeights.of(model.network), model.input_size, path)

    def _keep(self, found: Path) -> None:
        """Read it: the cache may let the file go."""
        content = found.read_bytes()
        with self._lock:
            if self._is_closed:
                raise Stopped
            self.content = content
            self.sha256 = hashlib.sha256(content).hexdigest()
            self.state = "ready"

    def _fail(self, reason: str) -> None:
        self.reason = reason
        self.state = "unavailable"


def _part(model: Segmenter) -> str:
    """What the graph is called in the cache; that of a network in another precision has other numbers."""
    return "decoder" if model.dtype == torch.float32 else f"decoder {model.dtype}"


def _why_not(model: Segmenter) -> str | None:
    """Why the page cannot decode with these weights, however it is made."""
    if isinstance(model.pipeline, OfficialUltraSamPipeline):
        return "These weights answer in two passes of their decoder, which the server runs."
    if model.task is not None and not model.task.promptable:
        return "These weights were changed for a task of their own, and others answer prompts on the server."
    return None
