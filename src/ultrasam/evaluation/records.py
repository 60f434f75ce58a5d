"""A run's answers on disk: one line of JSON per image and file per data set, appended as they come.

A line is the unit: it is there whole, or the image was not done. A run that was killed leaves at most one broken
line at the end, which is cut off before the run goes on; so nothing is lost but that image, and nothing is counted
twice.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ultrasam.errors import InputError
from ultrasam.files import written_whole


class RecordFile:
    """The lines of one data set.

    Args:
        path: the file; made when the first line is added.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def recover(self) -> set[int | str]:
        """Cut off what a killed run left half-written, and forget images that failed; the ids of those that are done.

        A failed image is tried again: its disk may be there now.

        Raises:
            InputError: a line before the last is damaged: not by a killed run, so nothing is cut.
        """
        if not self.path.exists():
            return set()
        whole = _end_of_whole_lines(self.path)
        if whole < self.path.stat().st_size:
            os.truncate(self.path, whole)
        failed = sum(record["failed"] for record in self)
        if failed:
            self.rewrite(record for record in self if not record["failed"])
        return {record["image_id"] for record in self}

    def append(self, record: dict[str, Any]) -> None:
        """Add one image's line; it is with the system when this returns, so that a killed process loses nothing."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        data = _line(record)
        with self.path.open("ab", buffering=0) as file:
            start = file.tell()
            if file.write(data) != len(data):
                file.truncate(start)
                raise OSError(f"The disk is full: an image's answers could not be written to {self.path}.")

    def rewrite(self, records: Iterable[dict[str, Any]]) -> None:
        """Put other lines in the place of all; the old ones stay until the new ones are there whole."""
        with written_whole(self.path) as temporary, temporary.open("wb") as file:
            file.writelines(_line(record) for record in records)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The images' records, read as they are asked for; a last line that is not whole yet is left out."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    return
                try:
                    record = json.loads(line)
                except ValueError as error:
                    raise InputError(
                        f"Expected a JSON record in line {number} of {self.path}, but it is damaged: delete that "
                        "line, and the image is done again."
                    ) from error
                yield record


def file_stem(dataset: str) -> str:
    """A data set's name as the name of a file."""
    return re.sub(r"[^\w.-]+", "_", dataset)


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def _end_of_whole_lines(path: Path) -> int:
    """Offset after the last line end."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end:
            start = max(end - 2**16, 0)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0
