"""The entries of a COCO file one after the other: the file may be larger than the memory that its lists would take."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from ultrasam.corpus.coco.file import LISTS
from ultrasam.errors import InputError

#: Characters that are read at once.
_CHUNK = 2**20
_SPACE = re.compile(r"[ \t\n\r]*")


def stream_entries(path: Path) -> Iterator[tuple[str, Any]]:
    """The entries of COCO's three lists as they stand, each with the name of its list, in the file's order.

    Nothing is known of the order of the lists: annotations may come before the images that they belong to.

    Raises:
        InputError: the file cannot be read, is no JSON (cut off, perhaps) or lacks one of the lists. Entries before
            the damage have been given by then.
    """
    seen = set()
    try:
        with path.open(encoding="utf-8-sig") as file:
            text = _Text(file)
            for key in text.object_keys():
                if key in LISTS and text.peek() == "[":
                    seen.add(key)
                    for entry in text.list_elements():
                        yield key, entry
                else:
                    text.value()
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(
            f"Expected COCO annotations as JSON in {path}, but it is cut off, damaged or something else: {error}."
        ) from error
    missing = [key for key in LISTS if key not in seen]
    if missing:
        raise InputError(
            f"Expected COCO's lists images, annotations and categories in {path}, but got no {', no '.join(missing)}."
        )


class _Text:
    """JSON of which only the part around the current place is held."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._held = ""
        self._at = 0
        self._decode = json.JSONDecoder().raw_decode

    def object_keys(self) -> Iterator[str]:
        """The keys of the object that begins here; after each, its value must be taken."""
        self._take("{")
        if self.peek() == "}":
            return
        while True:
            key = self.value()
            if not isinstance(key, str):
                raise ValueError("a key is no text")
            self._take(":")
            yield key
            if self._take(",}") == "}":
                return

    def list_elements(self) -> Iterator[Any]:
        """The elements of the list that begins here."""
        self._take("[")
        if self.peek() == "]":
            self._take("]")
            return
        while True:
            yield self.value()
            if self._take(",]") == "]":
                return

    def value(self) -> Any:
        """The whole value that begins here."""
        self.peek()
        while True:
            try:
                value, end = self._decode(self._held, self._at)
            except json.JSONDecodeError:
                if not self._read_on():
                    raise
                continue
            # A number may go on in what was not read yet.
            if end < len(self._held) or not self._read_on():
                self._at = end
                return value

    def peek(self) -> str:
        """The next character that is no space."""
        while True:
            space = _SPACE.match(self._held, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._held):
                return self._held[self._at]
            if not self._read_on():
                raise ValueError("it ends too early")

    def _take(self, allowed: str) -> str:
        character = self.peek()
        if character not in allowed:
            raise ValueError(f"expected one of {' '.join(allowed)}, but got {character}")
        self._at += 1
        return character

    def _read_on(self) -> bool:
        """Read more, twice as much as is held, so that a long value is not begun anew too often."""
        more = self._file.read(max(_CHUNK, 2 * (len(self._held) - self._at)))
        self._held, self._at = self._held[self._at :] + more, 0
        return bool(more)
