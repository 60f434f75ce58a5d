"""A run's answers on disk: one line of JSON per image and file per data set, appended as they come.

A line is the unit: it is there whole, or the image was not done. A run that was killed leaves at most one broken
line at the end, which is cut off before the run goes on; so nothing is lost but that image, and nothing is counted
twice.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ultrasam.errors import InputError


class RecordFile:
    """The lines of one data set.

    Args:
        path: the file; made when the first line is added.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def recover(self) -> set[int | str]:
        """Cut off what a killed run left half-written; the ids of the images that are done.

        Raises:
            InputError: a line before the last is damaged: not by a killed run, so nothing is cut.
        """
        if not self.path.exists():
            return set()
        whole = _end_of_whole_lines(self.path)
        if whole < self.path.stat().st_size:
            os.truncate(self.path, whole)
        return {record["image_id"] for record in self}

    def append(self, record: dict[str, Any]) -> None:
        """Add one image's line; it is with the system when this returns, so that a killed process loses nothing."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"
        with self.path.open("ab", buffering=0) as file:
            start = file.tell()
            data = line.encode()
            if file.write(data) != len(data):
                file.truncate(start)
                raise OSError(f"The disk is full: an image's answers could not be written to {self.path}.")

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The images' records, read as they are asked for."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    record = json.loads(line)
                except ValueError as error:
                    raise InputError(
                        f"Expected a JSON record in line {number} of {self.path}, but it is damaged: delete that "
                        "line, and the image is done again."
                    ) from error
                yield record


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
