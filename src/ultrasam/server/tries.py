"""Slows down whoever guesses tokens."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

#: Seconds between two answers to wrong tokens from one address.
_STEP_S = 0.5
#: Longest wait.
_LONGEST_S = 5.0
#: Addresses that are remembered.
_MOST = 1024


class Tries:
    """Failed tries by address: each is answered half a second after the one before.

    Args:
        clock: seconds.
        sleep: waits.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._next: OrderedDict[str, float] = OrderedDict()

    async def failed(self, address: str) -> None:
        """Wait for the turn of a failed try."""
        now = self._clock()
        turn = min(max(self._next.pop(address, now), now) + _STEP_S, now + _LONGEST_S)
        self._next[address] = turn
        while len(self._next) > _MOST:
            self._next.popitem(last=False)
        await self._sleep(turn - now)
