"""The model behind the queue, loaded while the page is already there."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ultrasam.errors import UltraSamError
from ultrasam.server.refusals import being_closed
from ultrasam.server.schemas.status import DecoderState, LoadingState, ModelInfo, QueueState

if TYPE_CHECKING:
    from ultrasam.inference.segmenter import Segmenter
    from ultrasam.server.computing import Answering, DecoderGraph, ModelQueue

log = logging.getLogger(__name__)
#: What loading takes at most, about, on a slow machine: said to those who wait for it.
_LOADING_S = 5.0
#: Longest time that closing waits for the model to finish what it does.
_CLOSING_S = 1.0


class Engine:
    """Loads a model in a thread of its own, and gives what answers with it.

    Args:
        load: gives the model; heavy libraries are imported no earlier than by it.
        embeddings_bytes: memory for encoded images.
        max_waiting: jobs that may wait for the model.

    Attributes:
        decoder: the decoder for the page; None until the model is loaded.
    """

    def __init__(self, load: Callable[[], Segmenter], *, embeddings_bytes: int, max_waiting: int) -> None:
        self.decoder: DecoderGraph | None = None
        self._load = load
        self._embeddings_bytes = embeddings_bytes
        self._max_waiting = max_waiting
        self._segmenter: Segmenter | None = None
        self._queue: ModelQueue | None = None
        self._answering: Answering | None = None
        self._failure: str | None = None
        self._is_closed = False
        self._over = threading.Event()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin to load."""
        threading.Thread(target=self._run, name="loading", daemon=True).start()

    def answering(self, timeout: float | None = None) -> Answering:
        """What answers prompts, once it is there.

        Args:
            timeout: in seconds; None: as long as loading takes.

        Raises:
            TimeoutError: it is still loading.
            UltraSamError: it could not be loaded.
            Busy: the workbench is being closed.
        """
        if not self._over.wait(timeout):
            raise TimeoutError("The model is not loaded yet.")
        if self._is_closed:
            raise being_closed()
        if self._answering is None:
            raise UltraSamError(f"The model could not be loaded: {self._failure}")
        return self._answering

    def loading_state(self) -> LoadingState:
        """Whether the model is there."""
        if not self._over.is_set():
            return LoadingState(state="loading", reason=None)
        return LoadingState(state="failed" if self._answering is None else "ready", reason=self._failure)

    def decoder_state(self) -> DecoderState:
        """Whether the page can decode by itself."""
        if self._failure is not None:
            return DecoderState(state="unavailable", reason="The model could not be loaded.")
        if self.decoder is None:
            return DecoderState(state="making", reason=None)
        return DecoderState(state=self.decoder.state, reason=self.decoder.reason)

    def queue_state(self) -> QueueState:
        """What waits for the model."""
        if self._queue is None:
            loading = not self._over.is_set()
            return QueueState(waiting=int(loading), seconds=_LOADING_S if loading else 0.0)
        place = self._queue.load()
        return QueueState(waiting=place.position, seconds=place.seconds)

    def model(self) -> ModelInfo | None:
        """The weights; None until they are loaded."""
        if self._segmenter is None:
            return None
        checkpoint = self._segmenter.checkpoint
        return ModelInfo(
            title=self._segmenter.title,
            licence=checkpoint.metadata.get("licence") or "unknown",
            sha256=checkpoint.sha256 or None,
            input_size=self._segmenter.input_size,
            pipeline=checkpoint.pipeline,
        )

    def description(self) -> dict[str, Any]:
        """What decides masks, for exports; empty until the model is loaded."""
        if self._segmenter is None:
            return {}
        from ultrasam.inference.output_records import describe_model

        return describe_model(self._segmenter)

    def close(self) -> None:
        """Tell all who wait that it is over. What the model does now is not waited for any longer than a second."""
        with self._lock:
            self._is_closed = True
        self._over.set()
        if self.decoder is not None:
            self.decoder.close()
        if self._queue is not None:
            self._queue.close(_CLOSING_S)

    def _run(self) -> None:
        try:
            self._make(self._load())
        except UltraSamError as error:
            self._failure = str(error)
            log.error(
                "The model could not be loaded: %s The page shows and exports what is there, but outlines nothing.",
                error,
            )
        except Exception:
            self._failure = "The server's log says more."
            log.exception("The model could not be loaded.")
        finally:
            self._over.set()

    def _make(self, segmenter: Segmenter) -> None:
        from ultrasam.server.computing import Answering, DecoderGraph, Embeddings, ModelQueue

        decoder = DecoderGraph(segmenter)
        with self._lock:
            if self._is_closed:
                return
            self._queue = ModelQueue(self._max_waiting)
            self._answering = Answering(segmenter, self._queue, Embeddings(self._embeddings_bytes))
            self._segmenter = segmenter
            self.decoder = decoder
        decoder.start()
