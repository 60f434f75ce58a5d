"""Patterns of paths: ``images/**/*.{png,jpg}``."""

from __future__ import annotations

import re
from functools import lru_cache

from ultrasam.errors import InputError

_FOLDERS = "(?:[^/]+/)*"
_TOKENS = re.compile(r"(?<![^/{,])\*\*/|\*\*|[*?{},]|[^*?{},]+")
_MEANING = {"**/": _FOLDERS, "**": ".*", "*": "[^/]*", "?": "[^/]"}


@lru_cache(maxsize=256)
def compiled(pattern: str) -> re.Pattern[str]:
    """The regular expression of a pattern, for ``fullmatch`` with whole paths.

    ``*`` and ``?`` stand for characters of one name, ``**`` for any number of folders, also none, ``{a,b}`` for
    either; brackets are themselves, as names have them. A pattern is about the end of a path, from a folder's border
    on: leading folders differ from one download to the next.

    Raises:
        InputError: the braces do not match.

    Example:
        >>> bool(compiled("images/*.png").fullmatch("BUSI/images/1.png"))
        True
    """
    depth, expression = 0, ""
    for token in _TOKENS.findall(pattern):
        if token == "{":
            depth += 1
            expression += "(?:"
        elif token == "}" and depth:
            depth -= 1
            expression += ")"
        elif token == "," and depth:
            expression += "|"
        elif token == "}":
            raise InputError(f"Expected a pattern with matching braces, but got {pattern!r}.")
        else:
            expression += _MEANING.get(token) or re.escape(token)
    if depth:
        raise InputError(f"Expected a pattern with matching braces, but got {pattern!r}.")
    return re.compile(_FOLDERS + expression, re.DOTALL | re.IGNORECASE)
