"""Rar archives, of one or several volumes. Packed ones need a program on the machine, stored ones do not."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from ultrasam.corpus.source.damage import damaged
from ultrasam.corpus.source.members import Members
from ultrasam.corpus.source.stretches import Stretches
from ultrasam.errors import InputError
from ultrasam.extras import require


def list_rar(volumes: list[Path], members: Members) -> None:
    """Add the files of an archive.

    Args:
        volumes: all of them, in order, in one folder, under names of one of rar's own schemes.
        members: where to add them.

    Raises:
        InputError: the archive is damaged, encrypted or not whole, or the program to unpack it is missing.
        MissingExtraError: rarfile is not installed.
    """
    rarfile = _rarfile()
    first = Stretches.of_file(volumes[0])
    try:
        archive = _opened(os.getpid(), volumes[0])
    except rarfile.NeedFirstVolume as error:
        raise InputError(
            f"Expected {members.origin} with all of its volumes in one folder, but the first one is missing."
        ) from error
    except (rarfile.Error, OSError) as error:
        raise damaged(members.origin, "rar", first) from error
    if archive.needs_password():
        raise InputError(f"Expected {members.origin} to be readable, but it is encrypted: unpack it with its password.")
    if archive.strerror():
        raise InputError(
            f"Expected {members.origin} to be whole, but got: {archive.strerror()}. Fetch all of its volumes again."
        )
    infos = archive.infolist()
    if any(info.data_offset + info.add_size > Path(info.volume_file).stat().st_size for info in infos):
        raise damaged(members.origin, "rar", first)
    if any(info.is_file() and info.compress_type != rarfile.RAR_M0 for info in infos):
        _check_program(members.origin)
    for info in infos:
        if info.is_file():
            members.add(info.filename, info.file_size, _stamp(info), RarMember(volumes[0], info.filename))
        elif not info.is_dir():
            members.leave_out(info.filename, "as symbolic links")


@dataclass(frozen=True)
class RarMember:
    """A file of a rar archive, unpacked each time it is read."""

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
        """The unpacked bytes."""
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


def _stamp(info: Any) -> str:
    return f"mtime:{round(info.mtime.timestamp() * 10**9)}" if info.CRC is None else f"crc:{info.CRC:08x}"


def _check_program(name: str) -> None:
    rarfile = _rarfile()
    try:
        rarfile.tool_setup()
    except rarfile.RarCannotExec as error:
        raise InputError(
            f"Expected a program that unpacks {name}, but found none: install unrar, unar, bsdtar or 7z "
            "(Debian and Ubuntu: apt install unar, or libarchive-tools), or unpack the archive and name the folder."
        ) from error
