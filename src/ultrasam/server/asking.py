"""Asking the model without holding up what does not need it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import anyio.to_thread

from ultrasam.imaging.image import Frame
from ultrasam.server.engine import Engine
from ultrasam.server.images import Images, Place
from ultrasam.server.library import Library
from ultrasam.server.refusals import Busy, Gone
from ultrasam.server.schemas.segmenting import SegmentRequest, Waiting
from ultrasam.server.schemas.sessions import SessionAnswer

if TYPE_CHECKING:
    from ultrasam.server.computing import Answering

T = TypeVar("T")


class Asking:
    """The model for the routes. Who waits has a thread of a supply of its own, so that saving never waits for it.

    Args:
        engine: loads the model.
        images: the images of the project.
        library: their files.
        max_waiting: requests that may wait at a time, beyond which they are told to come again.
    """

    def __init__(self, engine: Engine, images: Images, library: Library, max_waiting: int) -> None:
        self._engine = engine
        self._images = images
        self._library = library
        # More than the queue takes, whose own refusal knows the time that it takes.
        self._room = anyio.CapacityLimiter(2 * max_waiting + 8)

    async def embedding(
        self, image_id: str, index: int, *, wait_s: float, ahead: bool
    ) -> Waiting | tuple[tuple[int, ...], bytes]:
        """Encode a frame.

        Args:
            image_id: of the image.
            index: of the frame.
            wait_s: longest time to wait.
            ahead: nobody waits for it.

        Returns:
            Its shape ``(1, 256, S/16, S/16)`` and float32 little endian; or who is before it.
        """
        return await self._in_thread(partial(self._embedding, image_id, index, wait_s, ahead))

    async def segment(self, image_id: str, index: int, request: SegmentRequest) -> dict[str, Any]:
        """Outline objects on a frame; gives a ``SegmentAnswer`` as JSON."""

        def work() -> dict[str, Any]:
            place = self._images.place(image_id)
            question = request.model_dump(by_alias=True)
            return self._engine.answering().segment(place.key(index), self._reader(place, index), question)

        return await self._in_thread(work)

    async def open_session(self, png: bytes) -> SessionAnswer:
        """Encode pixels of a client."""

        def work() -> SessionAnswer:
            from ultrasam.remote.pixels_png import pixels_from_png

            name, size_hw = self._engine.answering().new_session(lambda: Frame(pixels_from_png(png)))
            return SessionAnswer(id=name, size_hw=list(size_hw))

        return await self._in_thread(work)

    async def segment_session(self, name: str, request: SegmentRequest) -> dict[str, Any]:
        """Outline objects on pixels of a client; gives a ``SegmentAnswer`` as JSON."""

        def work() -> dict[str, Any]:
            return self._engine.answering().segment_session(name, request.model_dump(by_alias=True))

        return await self._in_thread(work)

    def close_session(self, name: str) -> None:
        """Forget pixels of a client; one that is not there any more is well forgotten, too."""
        try:
            self._engine.answering(0.0).end_session(name)
        except (Gone, TimeoutError):
            return

    def _embedding(
        self, image_id: str, index: int, wait_s: float, ahead: bool
    ) -> Waiting | tuple[tuple[int, ...], bytes]:
        until = time.monotonic() + wait_s
        place = self._images.place(image_id)
        try:
            answering: Answering = self._engine.answering(wait_s)
        except TimeoutError:
            state = self._engine.queue_state()
            return Waiting(position=state.waiting, seconds=state.seconds)
        from ultrasam.server.computing.answering import embedding_bytes

        job = answering.embedding(place.key(index), self._reader(place, index), ahead=ahead)
        try:
            session = job.wait(max(until - time.monotonic(), 0.0))
        except TimeoutError:
            queued = job.place()
            return Waiting(position=queued.position, seconds=queued.seconds)
        content, shape = embedding_bytes(session)
        return tuple(shape), content

    def _reader(self, place: Place, index: int) -> Callable[[], Frame]:
        return partial(self._library.frame, place.path, index)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._room.available_tokens < 1:
            state = self._engine.queue_state()
            waiting, seconds = max(state.waiting, 1), max(state.seconds, 1.0)
            raise Busy(
                f"The model is busy: {waiting} requests wait. Try again in {math.ceil(seconds)} seconds.",
                waiting,
                seconds,
            )
        return await anyio.to_thread.run_sync(work, limiter=self._room)
