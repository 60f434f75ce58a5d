"""Names of images as a database compares them: to search regardless of case, to sort as people expect."""

from __future__ import annotations

import re
import unicodedata

_DIGITS = re.compile("[0-9]+")


def is_text(name: str) -> bool:
    r"""Whether a name is Unicode; names of other encodings have lone surrogates, which no JSON and no database takes.

    Example:
        >>> is_text("größe.png"), is_text(b"gr\xf6\xdfe.png".decode("utf-8", "surrogateescape"))
        (True, False)
    """
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def folded(name: str) -> str:
    """A name without what a search should not depend on: case, and how accents are written.

    Example:
        >>> "größe" in folded("Scans/GRÖSSE 2.png"), "grösse" in folded("Scans/GRÖSSE 2.png")
        (False, True)
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def sorting(name: str) -> str:
    """A text whose plain order is the natural one: folder by folder, numbers by value, regardless of case.

    Example:
        >>> sorted(["b10.png", "B2.png", "a/3.png", "a.png"], key=sorting)
        ['a/3.png', 'a.png', 'B2.png', 'b10.png']
    """
    # A number is preceded by how many digits it has; a folder's end comes before any other printable character.
    return _DIGITS.sub(_counted, folded(name)).replace("/", "\t")


def _counted(match: re.Match[str]) -> str:
    digits = match.group().lstrip("0")
    return f"{len(digits):04d}{digits}"
