"""Files that a browser sends: written as they come, bounded, checked to be images, kept whole or not at all."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ultrasam.errors import ImageError
from ultrasam.files import DISK_IS_FULL
from ultrasam.imaging.itk_header import pixels_elsewhere
from ultrasam.imaging.reading import file_kind
from ultrasam.server.library.folder import locate
from ultrasam.server.library.open_images import read_file
from ultrasam.server.refusals import Full, Missing, TooLarge

#: Space on the disk that no upload takes: annotations, which are small, can still be saved.
RESERVED_BYTES = 64 * 2**20
_PIECE_BYTES = 2**20
_MAX_NAME_BYTES = 120
_MAX_ENDING_BYTES = 20
_PARTIAL = ".partial-"
#: Signs that are no part of a file's name on some system, and those that make text run the other way.
_UNFIT = re.compile(r'[<>:"|?*]')
_INVISIBLE = re.compile("[\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]")


class Uploads:
    """The folder of uploads, each a folder of its own with one file in it.

    What a killed process left half-written is removed.

    Args:
        root: the folder, made where it is missing; one process alone may use it.
        max_bytes: of one file.
    """

    def __init__(self, root: Path, max_bytes: int) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root = root.resolve()
        self._max_bytes = max_bytes
        for left in self.root.glob(f"{_PARTIAL}*"):
            shutil.rmtree(left, ignore_errors=True)

    async def store(self, name: str, chunks: AsyncIterator[bytes], expected_bytes: int | None = None) -> str:
        """Take a file as it comes; a few pieces of it are in memory at a time.

        Args:
            name: what the sender calls it; only its last part counts, without what does not belong into a name.
            chunks: the content.
            expected_bytes: what the sender says how much it will be, where it says so: too much is refused at once.

        Returns:
            Where it lies, relative to the folder: ``"<16 hex digits>/<name>"``.

        Raises:
            TooLarge: it is larger than allowed.
            Full: the disk has no room for it.
            ImageError: it cannot be read as an image.
        """
        name = clean_name(name)
        self._check_size(name, expected_bytes or 0)
        stored = secrets.token_hex(8)
        partial = self.root / f"{_PARTIAL}{stored}"
        try:
            with _no_room_told(name):
                self._check_room(name, expected_bytes or 0)
                partial.mkdir()
                with (partial / name).open("xb") as file:
                    await self._write(file, name, chunks)
                await asyncio.to_thread(_check_image, partial / name)
                partial.rename(self.root / stored)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        return f"{stored}/{name}"

    def names(self) -> list[str]:
        """All that lie there, as :meth:`store` called them: also what no database knows, after a crash."""
        return sorted(
            f"{folder.name}/{file.name}"
            for folder in self.root.iterdir()
            if folder.is_dir() and not folder.name.startswith(".")
            for file in folder.iterdir()
            if file.is_file() and not file.is_symlink() and not file.name.startswith(".")
        )

    def path_of(self, stored: str) -> Path:
        """The file of an upload, resolved.

        Raises:
            Forbidden: the name leads elsewhere.
            Gone: the file is not there any more.
        """
        return locate(self.root, stored)

    def remove(self, stored: str) -> None:
        """Remove an upload; one that is gone already is none that could be missed.

        Raises:
            Missing: this is no name of an upload.
        """
        if not re.fullmatch(r"[0-9a-f]{16}/[^/\\\0]+", stored):
            raise Missing(f"Expected an upload, but got {stored[:80]!r}.")
        shutil.rmtree(self.root / stored[:16], ignore_errors=True)

    async def _write(self, file: BinaryIO, name: str, chunks: AsyncIterator[bytes]) -> None:
        received, piece = 0, bytearray()
        async for chunk in chunks:
            received += len(chunk)
            self._check_size(name, received)
            piece += chunk
            if len(piece) >= _PIECE_BYTES:
                self._check_room(name, len(piece))
                await asyncio.to_thread(file.write, piece)
                piece = bytearray()
        self._check_room(name, len(piece))
        await asyncio.to_thread(_finish, file, piece)

    def _check_size(self, name: str, byte_count: int) -> None:
        if byte_count > self._max_bytes:
            raise TooLarge(
                f"Expected a file of at most {self._max_bytes / 1e6:,.0f} MB, but {name} is larger: put it into the "
                "folder that is served, or start the workbench with a larger --max-upload."
            )

    def _check_room(self, name: str, byte_count: int) -> None:
        if shutil.disk_usage(self.root).free < byte_count + RESERVED_BYTES:
            raise _full(name)


def clean_name(name: str) -> str:
    r"""What is left of a file's name: no folders, not hidden, nothing unprintable, at most 120 bytes, the ending kept.

    Example:
        >>> clean_name("C:\\scans\\..\\.liver 1.dcm")
        'liver 1.dcm'
        >>> clean_name("../..")
        'image'
    """
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(sign for sign in _INVISIBLE.sub("", name) if unicodedata.category(sign) not in ("Cc", "Cs"))
    name = _UNFIT.sub("_", unicodedata.normalize("NFC", name)).strip(" .")
    ending = name[-7:] if name.lower().endswith(".nii.gz") else Path(name).suffix
    if len(ending.encode()) > _MAX_ENDING_BYTES:
        ending = ""
    stem = name[: len(name) - len(ending)].encode()[: _MAX_NAME_BYTES - len(ending.encode())]
    return (stem.decode(errors="ignore").rstrip() + ending) or "image"


def _finish(file: BinaryIO, piece: bytearray) -> None:
    file.write(piece)
    file.flush()
    os.fsync(file.fileno())


def _check_image(path: Path) -> None:
    """Pass if the first frame can be decoded."""
    kind = file_kind(path) if path.stat().st_size else None
    if kind in ("MetaImage", "NRRD") and (elsewhere := pixels_elsewhere(path)):
        raise ImageError(
            f"Expected one file with its pixels in it, but {path.name} has them in {elsewhere[:80]!r}: save it as one "
            ".mha or .nrrd file, or put both into the folder that is served."
        )
    with read_file(path) as image:
        image.frame(0)


@contextmanager
def _no_room_told(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in DISK_IS_FULL:
            raise _full(name) from error
        raise


def _full(name: str) -> Full:
    return Full(f"Expected room on the disk for {name}, but there is too little: make some and send it again.")
