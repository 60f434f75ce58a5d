"""Rar archives, of one or several volumes."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from ultrasam.corpus.source.damage import damaged
from ultrasam.corpus.source.members import Members
from ultrasam.corpus.source.places import Within
from ultrasam.corpus.source.rar_programs import PROGRAMS, unpack
from ultrasam.corpus.source.scratch import Scratch
from ultrasam.corpus.source.stretches import Stretches
from ultrasam.errors import InputError
from ultrasam.extras import require


def list_rar(volumes: list[Path], members: Members, scratch: Scratch) -> None:
    """Add the files of an archive. If they are packed, it is unpacked as a whole, once, by a program of the machine.

    Args:
        volumes: all of them, in order, in one folder, under names of one of rar's own schemes.
        members: where to add them.
        scratch: where to unpack.

    Raises:
        InputError: the archive is damaged, encrypted or not whole, or no program can unpack it.
        MissingExtraError: rarfile is not installed.
    """
    infos = _read_infos(volumes[0], members.origin)
    files = [info for info in infos if info.is_file()]
    is_packed = any(info.compress_type != _rarfile().RAR_M0 for info in files)
    contents = _unpacked_contents(volumes[0], files, members.origin, scratch) if is_packed else {}
    for info in infos:
        name = info.filename
        if info.is_file():
            place = Within(contents[name]) if is_packed else RarMember(volumes[0], name)
            members.add(name, info.file_size, _stamp(info), place)
        elif not info.is_dir():
            members.leave_out(name, "as symbolic links")


@dataclass(frozen=True)
class RarMember:
    """A file of a rar archive that lies in it as it is."""

    archive: Path
    name: str

    @property
    def path(self) -> None:
        """None."""
        return

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """Those of rarfile and of the file system."""
        return _rarfile().Error, OSError

    def open(self) -> BinaryIO:
        """The bytes in the archive."""
        stream: BinaryIO = _opened(os.getpid(), self.archive).open(self.name)
        return stream

    def stretches(self) -> None:
        """None, as rarfile does not say where they are."""
        return


def close_archives() -> None:
    """Forget the directories that this process has read."""
    _opened.cache_clear()


@lru_cache(maxsize=16)
def _opened(process: int, archive: Path) -> Any:  # noqa: ARG001
    return _rarfile().RarFile(str(archive))


def _rarfile() -> Any:
    return require("rarfile", needed_for="rar archives")


def _read_infos(first: Path, name: str) -> list[Any]:
    rarfile = _rarfile()
    try:
        # Damaged headers make rarfile raise errors of Python too.
        archive = _opened(os.getpid(), first)
        infos: list[Any] = archive.infolist()
        is_cut_off = any(info.data_offset + info.add_size > Path(info.volume_file).stat().st_size for info in infos)
    except rarfile.NeedFirstVolume as error:
        raise InputError(f"Expected all volumes of {name} in one folder, but the first one is missing.") from error
    except rarfile.RarCannotExec as error:
        raise InputError(f"Expected a program to read the comment of {name}, but found none: {PROGRAMS}.") from error
    except (rarfile.Error, OSError, ValueError, IndexError, struct.error) as error:
        raise damaged(name, "rar", Stretches.of_file(first)) from error
    if archive.needs_password():
        raise InputError(f"Expected {name} to be readable, but it is encrypted: unpack it with its password.")
    if archive.strerror():
        raise InputError(f"Expected {name} to be whole, but got: {archive.strerror()}. Fetch all of its volumes.")
    if is_cut_off:
        raise damaged(name, "rar", Stretches.of_file(first))
    return infos


def _unpacked_contents(first: Path, files: list[Any], name: str, scratch: Scratch) -> dict[str, Stretches]:
    # A second name of an earlier file has no content of its own.
    originals = [info for info in files if not info.file_redir]
    unpacked = unpack(first, [(info.filename, info.file_size, info.CRC) for info in originals], name, scratch)
    contents = {info.filename: content for info, content in zip(originals, unpacked, strict=True)}
    for info in files:
        if info.file_redir:
            contents[info.filename] = contents[info.file_redir[2]]
    return contents


def _stamp(info: Any) -> str:
    return f"mtime:{round(info.mtime.timestamp() * 10**9)}" if info.CRC is None else f"crc:{info.CRC:08x}"
