"""Images that are open: a few at a time, each for one thread at a time, and none after its file has changed."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ultrasam.errors import ImageError
from ultrasam.imaging.image import UltrasoundImage
from ultrasam.imaging.itk_header import find_pixels
from ultrasam.imaging.reading import file_kind, read
from ultrasam.server.library.stamp import Stamp, stamp_of
from ultrasam.server.refusals import Forbidden

#: Thumbnails that are made at the same time: each may hold a whole volume.
_PASSING = 2


def read_file(path: Path) -> UltrasoundImage:
    """Read a file as :func:`ultrasam.read` does; messages name the file, never its folder.

    Raises:
        ImageError: as :func:`ultrasam.read`.
        Forbidden: its pixels are in another file, which is a link to elsewhere.
    """
    try:
        if file_kind(path) in ("MetaImage", "NRRD"):
            pixels = (path.parent / find_pixels(path).name).resolve()
            if pixels.parent != path.parent.resolve():
                raise Forbidden(f"Expected the pixels of {path.name} beside it, but they are a link to elsewhere.")
        return read(path)
    except ImageError as error:
        raise ImageError(str(error).replace(str(path), path.name)) from error


@dataclass(eq=False)
class _Entry:
    """A file that is open, or is being opened.

    Attributes:
        stamp: of the file as it was opened.
        lock: held by whoever reads; one thread may enter twice.
        image: None until the first one has read it.
        users: how many threads have it or wait for it.
        is_dropped: whether the last user closes it.
    """

    stamp: Stamp
    lock: threading.RLock = field(default_factory=threading.RLock)
    image: UltrasoundImage | None = None
    users: int = 0
    is_dropped: bool = False

    @property
    def byte_count(self) -> int:
        """Of all its pixels: some readers hold them."""
        return math.prod(self.image.shape) if self.image is not None else 0


class OpenImages:
    """The images that were used last.

    Args:
        max_images: how many stay open.
        max_bytes: how many bytes of pixels they may have together; the one that was used last stays in any case.
    """

    def __init__(self, *, max_images: int = 8, max_bytes: int = 2**29) -> None:
        self._max_images = max_images
        self._max_bytes = max_bytes
        self._entries: OrderedDict[Path, _Entry] = OrderedDict()
        self._lock = threading.Lock()
        self._passing = threading.BoundedSemaphore(_PASSING)

    @contextmanager
    def opened(self, path: Path) -> Iterator[UltrasoundImage]:
        """The image of a file, for this thread alone while the ``with`` block lasts.

        Raises:
            Gone: the file is not there any more.
            ImageError: it cannot be read.
        """
        entry = self._borrowed(path)
        try:
            with entry.lock:
                if entry.image is None:
                    entry.image = read_file(path)
                yield entry.image
        except ImageError:
            stamp_of(path)  # a file that went away meanwhile is gone, not damaged
            raise
        finally:
            self._give_back(path, entry)

    @contextmanager
    def passing(self, path: Path) -> Iterator[UltrasoundImage]:
        """As :meth:`opened`, but the image does not take the place of another: for a look at many files."""
        with self._lock:
            is_open = path in self._entries
        if is_open:
            with self.opened(path) as image:
                yield image
            return
        try:
            with self._passing, read_file(path) as image:
                yield image
        except ImageError:
            stamp_of(path)
            raise

    def drop(self, path: Path) -> None:
        """Close the image of a file that is to go, now or when the last user is done."""
        with self._lock:
            self._drop(path)

    def close(self) -> None:
        """Close all images, and those that are opened after it when they are given back."""
        with self._lock:
            self._max_images = 0
            for path in list(self._entries):
                self._drop(path)

    def _borrowed(self, path: Path) -> _Entry:
        try:
            stamp = stamp_of(path)
        except Exception:
            self.drop(path)
            raise
        with self._lock:
            entry = self._entries.get(path)
            if entry is None or entry.stamp != stamp:
                self._drop(path)
                entry = self._entries[path] = _Entry(stamp)
            self._entries.move_to_end(path)
            entry.users += 1
            return entry

    def _give_back(self, path: Path, entry: _Entry) -> None:
        with self._lock:
            entry.users -= 1
            if entry.is_dropped:
                self._close_unused(entry)
            elif entry.image is None and not entry.users:
                del self._entries[path]
            while len(self._entries) > max(self._max_images, 1) or (len(self._entries) > 1 and self._is_full):
                self._drop(next(iter(self._entries)))
            if not self._max_images:
                self._drop(path)

    @property
    def _is_full(self) -> bool:
        return sum(entry.byte_count for entry in self._entries.values()) > self._max_bytes

    def _drop(self, path: Path) -> None:
        entry = self._entries.pop(path, None)
        if entry is not None:
            entry.is_dropped = True
            self._close_unused(entry)

    def _close_unused(self, entry: _Entry) -> None:
        if not entry.users and entry.image is not None:
            entry.image.close()
