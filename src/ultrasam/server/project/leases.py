"""Who may write an image: one tab at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from ultrasam.server.refusals import Elsewhere

#: Seconds that a lease lasts unless it is renewed.
LASTS_S = 20.0


@dataclass(frozen=True)
class _Lease:
    client: str
    until: float


class Leases:
    """Leases in memory: after a restart of the server whoever asks first holds an image.

    Args:
        clock: seconds, never going back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._leases: dict[str, _Lease] = {}

    def lease(self, image_id: str, client: str, take: bool = False) -> bool:
        """Begin or renew a lease, and ``take`` it away from another; gives whether ``client`` holds the image now."""
        with self._lock:
            self._forget_expired()
            holder = self._leases.get(image_id)
            if holder is not None and holder.client != client and not take:
                return False
            self._leases[image_id] = _Lease(client, self._clock() + LASTS_S)
            return True

    def release(self, image_id: str, client: str) -> None:
        """Give up a lease; nothing happens where ``client`` does not hold it."""
        with self._lock:
            holder = self._leases.get(image_id)
            if holder is not None and holder.client == client:
                del self._leases[image_id]

    def holder_is_other(self, image_id: str, client: str) -> bool:
        """Whether somebody else holds the image."""
        with self._lock:
            self._forget_expired()
            holder = self._leases.get(image_id)
            return holder is not None and holder.client != client

    def check(self, image_id: str, client: str) -> None:
        """Raise where somebody else holds the image.

        Raises:
            Elsewhere: another client holds it.
        """
        if self.holder_is_other(image_id, client):
            raise Elsewhere("Expected to hold this image, but another tab or client works on it: take it over there.")

    def _forget_expired(self) -> None:
        now = self._clock()
        self._leases = {image_id: lease for image_id, lease in self._leases.items() if lease.until > now}
