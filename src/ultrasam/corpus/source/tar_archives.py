"""Tar archives, packed or not."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO

from ultrasam.corpus.source.damage import damaged
from ultrasam.corpus.source.members import Members
from ultrasam.corpus.source.places import Within
from ultrasam.corpus.source.scratch import Scratch
from ultrasam.corpus.source.stretches import Stretches

#: By the first bytes and not by the name: browsers unpack what they fetch, and leave the name as it was.
_UNPACKERS: dict[bytes, Callable[[Any], Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
_BLOCK_SIZE = 512
_BROKEN = (tarfile.TarError, EOFError, OSError, zlib.error, lzma.LZMAError)


def list_tar(archive: Stretches, members: Members, scratch: Scratch) -> None:
    """Add the files of an archive. A packed one is unpacked as a whole, once; its files then are read in place.

    Raises:
        InputError: the archive is damaged.
    """
    try:
        plain = _unpacked(archive, scratch)
        with plain.open() as stream, tarfile.open(fileobj=stream, mode="r:") as tar:
            _add(tar, plain, members, scratch)
            _check_end(plain, tar.offset, members)
    except _BROKEN as error:
        raise damaged(members.origin, "tar", archive) from error


def _unpacked(archive: Stretches, scratch: Scratch) -> Stretches:
    with archive.open() as stream:
        start = stream.read(6)
        stream.seek(0)
        unpack = next((found for signature, found in _UNPACKERS.items() if start.startswith(signature)), None)
        if unpack is None:
            return archive
        with unpack(stream) as unpacked:
            return Stretches.of_file(scratch.keep(unpacked))


def _add(tar: tarfile.TarFile, archive: Stretches, members: Members, scratch: Scratch) -> None:
    contents: dict[str, Stretches] = {}
    for info in tar:
        if info.isdir():
            continue
        if info.islnk():
            # A second name of an earlier file.
            content = contents.get(info.linkname)
        elif info.issparse():
            content = Stretches.of_file(scratch.keep(_extracted(tar, info)))
        elif info.isreg():
            content = archive.window(info.offset_data, info.size)
        else:
            content = None
        if content is None:
            members.leave_out(info.name, "as links or devices")
            continue
        contents[info.name] = content
        members.add(info.name, content.size, f"mtime:{round(info.mtime * 10**9)}", Within(content))


def _check_end(archive: Stretches, offset: int, members: Members) -> None:
    """Tell the end of an archive, which is a block of zeros, from a damaged header, at which tarfile ends as well."""
    with archive.window(offset, _BLOCK_SIZE).open() as stream:
        block = stream.read()
    if any(block):
        raise tarfile.ReadError("no header of a file")
    if not block:
        members.remark("has no mark at its end: it may be cut off")


def _extracted(tar: tarfile.TarFile, info: tarfile.TarInfo) -> BinaryIO:
    stream = tar.extractfile(info)
    if stream is None:
        raise tarfile.ReadError(f"{info.name} has no content")
    return stream  # type: ignore[return-value]
