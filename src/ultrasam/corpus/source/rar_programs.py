"""The programs that unpack rar archives, as no free library does.

The whole archive goes through one run: one file after the other, without their names, as the way to name a file of an
archive differs by program and system, and as a solid archive would have to be unpacked anew for each.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

from ultrasam.corpus.source.checksum import crc32
from ultrasam.corpus.source.scratch import Scratch
from ultrasam.corpus.source.stretches import Stretches
from ultrasam.errors import InputError

#: How each writes all files of an archive to its output. The free ones do not read every archive: of solid ones and of
#: ones in several volumes, some read what others do not.
_COMMANDS = [
    ("unrar", "p", "-inul", "-p-"),
    ("bsdtar", "-x", "-O", "-f"),
    ("unar", "-quiet", "-output-directory", "-"),
    ("7zz", "e", "-so", "-p"),
    ("7z", "e", "-so", "-p"),
]
PROGRAMS = (
    "install bsdtar, unar, unrar, or 7z with its rar codec (Debian and Ubuntu: apt install libarchive-tools unar), "
    "or unpack the archive and name the folder"
)


def unpack(archive: Path, files: Sequence[tuple[str, int, int | None]], name: str, scratch: Scratch) -> list[Stretches]:
    """Unpack an archive by the first program that gives all files as they should be.

    Args:
        archive: its first volume.
        files: name, size in bytes and CRC-32, where known, of each file in the archive's order.
        name: of the archive, for errors.
        scratch: where to unpack.

    Returns:
        The files' contents in the same order.

    Raises:
        InputError: there is no program, or none that can do it.
    """
    problems = []
    for program, *options in _COMMANDS:
        if command := shutil.which(program):
            output = scratch.new_path()
            with output.open("wb") as target:
                subprocess.run(
                    [command, *options, str(archive)],
                    stdin=subprocess.DEVNULL,
                    stdout=target,
                    stderr=subprocess.DEVNULL,
                    check=False,
                )
            whole = Stretches.of_file(output)
            starts = accumulate((size for _, size, _ in files), initial=0)
            contents = [whole.window(start, size) for start, (_, size, _) in zip(starts, files, strict=False)]
            wrong = [file for file, content in zip(files, contents, strict=True) if not _is_right(content, file)]
            if not wrong and whole.size == sum(size for _, size, _ in files):
                return contents
            output.unlink()
            problems.append(f"{program} fails" + (f" at {wrong[0][0]}" if wrong else ""))
    if not problems:
        raise InputError(f"Expected a program that unpacks {name}, but found none: {PROGRAMS}.")
    raise InputError(
        f"Expected {name} to be unpacked, but {', '.join(problems)}: it is damaged, or packed in a way that is beyond "
        f"these programs, or the disk is full. Fetch it again, or {PROGRAMS}."
    )


def _is_right(content: Stretches, file: tuple[str, int, int | None]) -> bool:
    _, size, checksum = file
    if content.size != size or checksum is None:
        return content.size == size
    with content.open() as stream:
        return crc32(stream) == checksum
