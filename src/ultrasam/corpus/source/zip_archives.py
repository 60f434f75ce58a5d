"""Zip archives, whose files are read in place."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from functools import lru_cache
from lzma import LZMAError
from typing import BinaryIO, cast

from ultrasam.corpus.source.damage import damaged
from ultrasam.corpus.source.members import Members
from ultrasam.corpus.source.stretches import Stretches
from ultrasam.errors import InputError

_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
_ENCRYPTED = 1
#: What zipfile raises for an archive that is no archive, among them UnicodeDecodeError, a ValueError.
_BROKEN = (zipfile.BadZipFile, ValueError, struct.error, EOFError, OSError, NotImplementedError)
_LOCAL_HEADER = struct.Struct("<26x2H")


def list_zip(archive: Stretches, members: Members) -> None:
    """Add the files of an archive.

    Args:
        archive: of one part, or as :func:`ultrasam.corpus.source.multi_part_zip.join_parts` gives it.
        members: where to add them.

    Raises:
        InputError: the archive is damaged or encrypted, or packed in a way that Python does not read.
    """
    try:
        infos = _opened(os.getpid(), archive).infolist()
        if any(info.header_offset < 0 for info in infos):
            raise zipfile.BadZipFile("the beginning is missing")
    except _BROKEN as error:
        raise damaged(members.origin, "zip", archive) from error
    # Some programs for Windows separate folders by backslashes; elsewhere they may be bytes of a name in GBK.
    has_slashes = any("/" in info.filename for info in infos)
    for number, info in enumerate(infos):
        path = info.filename if has_slashes else info.filename.replace("\\", "/")
        if info.flag_bits & _ENCRYPTED:
            raise InputError(
                f"Expected {members.origin} to be readable, but it is encrypted: unpack it with its password."
            )
        if stat.S_ISLNK(info.external_attr >> 16):
            members.leave_out(path, "as symbolic links")
        elif not path.endswith("/"):
            if info.compress_type not in _METHODS:
                raise InputError(
                    f"Expected {members.origin} to be packed by a method that Python reads, but {path} is packed by "
                    f"method {info.compress_type}: unpack the archive with unzip or 7z and name the folder."
                )
            members.add(path, info.file_size, f"crc:{info.CRC:08x}", ZipMember(archive, number))


@dataclass(frozen=True)
class ZipMember:
    """A file of a zip archive, by its number in the archive's directory: two may have one name."""

    archive: Stretches
    number: int

    @property
    def path(self) -> None:
        """None."""
        return

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """Those of zipfile and of what it unpacks with."""
        return (*_BROKEN, zlib.error, LZMAError)

    def open(self) -> BinaryIO:
        """The unpacked bytes."""
        archive = _opened(os.getpid(), self.archive)
        return cast(BinaryIO, archive.open(archive.infolist()[self.number]))

    def stretches(self) -> Stretches | None:
        """The bytes in the archive, where they are not packed: most zip archives in zip archives."""
        info = _opened(os.getpid(), self.archive).infolist()[self.number]
        if info.compress_type != zipfile.ZIP_STORED:
            return None
        with self.archive.window(info.header_offset, _LOCAL_HEADER.size).open() as header:
            name_size, extra_size = _LOCAL_HEADER.unpack(header.read())
        return self.archive.window(info.header_offset + _LOCAL_HEADER.size + name_size + extra_size, info.file_size)


def close_archives() -> None:
    """Let go of the archives that this process holds open; each is opened again when it is needed."""
    _opened.cache_clear()


# Reading the directory of a large archive takes long. A child must not share a parent's handle, as they would move
# each other's position in the file; so the process is a part of the key.
@lru_cache(maxsize=16)
def _opened(process: int, archive: Stretches) -> zipfile.ZipFile:  # noqa: ARG001
    return zipfile.ZipFile(archive.open())
