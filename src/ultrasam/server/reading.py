"""Reading files without holding up what does not need them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread

T = TypeVar("T")

#: Threads that open images and read frames.
_FRAMES = 8
#: Threads that make thumbnails, of which a list asks for many at a time.
_THUMBNAILS = 4


class Reading:
    """Threads of their own for what reads files: however many wait for slow ones, changes are saved.

    Who opens an image does not wait for thumbnails of others.
    """

    def __init__(self) -> None:
        self._frames = anyio.CapacityLimiter(_FRAMES)
        self._thumbnails = anyio.CapacityLimiter(_THUMBNAILS)

    async def frames(self, work: Callable[[], T]) -> T:
        """Do what reads or measures frames of an image."""
        return await anyio.to_thread.run_sync(work, limiter=self._frames)

    async def thumbnails(self, work: Callable[[], T]) -> T:
        """Do what gives a thumbnail."""
        return await anyio.to_thread.run_sync(work, limiter=self._thumbnails)
