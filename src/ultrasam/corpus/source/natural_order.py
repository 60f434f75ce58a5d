"""The order that people expect of names with numbers: a2 before a10."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

_DIGITS = re.compile("([0-9]+)")


def natural_key(path: str) -> tuple[Any, ...]:
    """A key to sort paths by: folder by folder, numbers by value, regardless of case.

    Example:
        >>> sorted(["b/1", "B/10", "b/2", "a10", "a2"], key=natural_key)
        ['a2', 'a10', 'b/1', 'b/2', 'B/10']
    """
    folder, _, name = path.rpartition("/")
    return (*_folder_key(folder), _part_key(name), (path,))


@lru_cache(maxsize=1024)
def _folder_key(folder: str) -> tuple[Any, ...]:
    return tuple(map(_part_key, folder.split("/"))) if folder else ()


def _part_key(part: str) -> tuple[Any, ...]:
    # Splitting by a group puts text and digits in turns, so that only like is compared with like. Digits are compared
    # by their count first, as int() refuses the longest.
    pieces = _DIGITS.split(part.casefold())
    pieces[1::2] = [(len(digits), digits) for digits in (d.lstrip("0") for d in pieces[1::2])]
    return tuple(pieces)
