"""All images of a project by their paths."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from pathlib import Path

from ultrasam.errors import ImageError
from ultrasam.imaging.image import Frame, UltrasoundImage
from ultrasam.imaging.png import encode_png
from ultrasam.server.library.facts import FileFacts
from ultrasam.server.library.folder import locate, scan
from ultrasam.server.library.open_images import OpenImages
from ultrasam.server.library.pictures import PictureCache, thumbnail_of
from ultrasam.server.library.stamp import Stamp, stamp_of
from ultrasam.server.library.stretch import stretch_of
from ultrasam.server.library.uploads import Uploads
from ultrasam.server.refusals import Gone, Missing


class Library:
    """The folder that is served, the uploads, and what is open of them. Threads may share it.

    Every ``path`` is one that :meth:`path_of` gave.

    Args:
        folder: the folder that is served; None where there are only uploads.
        uploads: where uploads go; made where it is missing.
        max_upload_bytes: of one upload.
        pictures_bytes: bytes of encoded frames that are kept.
    """

    def __init__(
        self, folder: Path | None, uploads: Path, max_upload_bytes: int, *, pictures_bytes: int = 64 * 2**20
    ) -> None:
        self._folder = None if folder is None else folder.resolve()
        self._uploads = Uploads(uploads, max_upload_bytes)
        self._open = OpenImages()
        self._pictures = PictureCache(pictures_bytes)
        self._thumbnails = PictureCache(pictures_bytes // 4)

    def scan(self) -> list[str]:
        """Names of the images in the folder, see :func:`ultrasam.server.library.folder.scan`.

        Raises:
            Gone: the folder is not there.
        """
        return [] if self._folder is None else scan(self._folder, leave_out=self._uploads.root)

    def peek(self, name: str) -> Stamp | None:
        """The state of a file that :meth:`scan` has just found, for a look at many: its path is not checked once more.

        None where it is gone, or cannot be looked at.
        """
        try:
            return None if self._folder is None else stamp_of(self._folder / name)
        except (Gone, ImageError):
            return None

    def path_of(self, name: str, is_upload: bool) -> Path:
        """The file of an image, resolved.

        Args:
            name: as :meth:`scan`, or for an upload :meth:`store_upload`, gave it.
            is_upload: which of both.

        Raises:
            Forbidden: the name or a link leads elsewhere, or to what is no file.
            Gone: the file is not there any more.
        """
        if is_upload:
            return self._uploads.path_of(name)
        if self._folder is None:
            raise Missing(f"Expected an upload, as no folder is served, but got {name[:80]!r}.")
        return locate(self._folder, name)

    async def store_upload(self, name: str, chunks: AsyncIterator[bytes], *, expected_bytes: int | None = None) -> str:
        """Take an upload, see :meth:`ultrasam.server.library.uploads.Uploads.store`.

        Returns:
            The stored name; what follows its ``/`` is the name to show.
        """
        return await self._uploads.store(name, chunks, expected_bytes)

    def stored_uploads(self) -> list[str]:
        """Stored names of all uploads that lie on the disk."""
        return self._uploads.names()

    def remove_upload(self, stored: str) -> None:
        """Remove an upload's file.

        Raises:
            Missing: this is no name of an upload.
        """
        self._open.drop(self._uploads.root / stored)
        self._uploads.remove(stored)

    def stamp(self, path: Path) -> Stamp:
        """The state of a file as it is now.

        Raises:
            Gone: the file is not there any more.
        """
        return stamp_of(path)

    def open(self, path: Path) -> AbstractContextManager[UltrasoundImage]:
        """The image of a file, for this thread alone while the ``with`` block lasts; keep that short.

        Raises:
            Gone: the file is not there any more.
            ImageError: it cannot be read.
        """
        return self._open.opened(path)

    def facts(self, path: Path) -> FileFacts:
        """What is known about a file.

        Raises:
            Gone: the file is not there any more.
            ImageError: it cannot be read.
        """
        stamp = stamp_of(path)
        with self._open.opened(path) as image:
            return FileFacts.of(image, stamp)

    def frame(self, path: Path, index: int) -> Frame:
        """Frame ``index`` (0 to T - 1) of a file.

        Raises:
            Missing: there is no such frame.
            Gone: the file is not there any more.
            ImageError: it cannot be read.
        """
        with self._open.opened(path) as image:
            if not 0 <= index < len(image):
                raise Missing(f"Expected a frame from 0 to {len(image) - 1} of {path.name}, but got {index}.")
            return image.frame(index)

    def frame_png(self, path: Path, index: int) -> bytes:
        """Frame ``index`` as a PNG of the same pixels.

        Raises:
            Missing, Gone, ImageError: as :meth:`frame`.
        """
        key = (path, stamp_of(path), index)
        return self._pictures.get(key, lambda: encode_png(self.frame(path, index).pixels, compress_level=1))

    def thumbnail(self, path: Path) -> bytes:
        """The first frame as a small JPEG of its true shape.

        Raises:
            Gone, ImageError: as :meth:`frame`.
        """
        return self._thumbnails.get((path, stamp_of(path)), lambda: self._thumbnail(path))

    def close(self) -> None:
        """Close all files."""
        self._open.close()

    def _thumbnail(self, path: Path) -> bytes:
        with self._open.passing(path) as image:
            pixels, stretch_xy = image.frame(0).pixels, stretch_of(image.regions)
        return thumbnail_of(pixels, stretch_xy)
