"""Frames as pictures that a browser shows."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from PIL import Image

from ultrasam.types import Pixels

#: Media type of :func:`thumbnail_of`.
THUMBNAIL_TYPE = "image/jpeg"
#: Longest side of a thumbnail, in pixels.
THUMBNAIL_SIDE = 160


def thumbnail_of(pixels: Pixels, stretch_xy: tuple[float, float] = (1.0, 1.0)) -> bytes:
    """A frame ``(H, W)`` or ``(H, W, 3)`` uint8 as a small JPEG of its true shape; small frames are not enlarged.

    Args:
        pixels: the frame.
        stretch_xy: how long the sides of a pixel are, in terms of the shorter one.
    """
    picture = Image.fromarray(pixels)
    sides = picture.width * stretch_xy[0], picture.height * stretch_xy[1]
    shrinking = min(1.0, THUMBNAIL_SIDE / max(sides))
    width, height = (max(1, round(side * shrinking)) for side in sides)
    picture = picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=85)
    return stream.getvalue()


class PictureCache:
    """Encoded pictures that were asked for last: a cine that plays asks for the same ones again and again.

    Args:
        max_bytes: how many bytes they have together, at most.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._pictures: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = threading.Lock()
        self._held = 0

    @property
    def byte_count(self) -> int:
        """Bytes that are held now."""
        return self._held

    def get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """The picture of this key; made, and kept if it is not larger than the cache, where it is not there."""
        with self._lock:
            if key in self._pictures:
                self._pictures.move_to_end(key)
                return self._pictures[key]
        picture = make()
        with self._lock:
            if key not in self._pictures and len(picture) <= self._max_bytes:
                self._pictures[key] = picture
                self._held += len(picture)
                while self._held > self._max_bytes:
                    _, oldest = self._pictures.popitem(last=False)
                    self._held -= len(oldest)
        return picture
