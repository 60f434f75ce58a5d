"""What a cell of a table, or a fact about an image, means: a number, a class, several classes."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ultrasam.errors import InputError

#: Between the classes of a cell.
SEPARATOR = ";"
#: What a table of floats makes of 7: one patient may be both.
_WHOLE = re.compile(r"^(-?[0-9]+)\.0+$")
_YES = ("1", "true", "yes")
_NO = ("0", "false", "no")


def text_of(value: Any) -> str:
    """A cell as text without blanks around, ``7.0`` as ``7``; empty where there is nothing, or NaN."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = _WHOLE.sub(r"\1", str(value).strip())
    return "" if text.casefold() == "nan" else text


def number_of(value: Any, name: str) -> float:
    """A target.

    Raises:
        InputError: it is empty, no number, NaN or infinite.
    """
    text = text_of(value)
    try:
        number = math.nan if isinstance(value, bool) else float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"Expected a finite number as {name}, but got {_shown(text)}.")
    return number


def labels_of(cells: Mapping[str, Any], columns: Sequence[str], *, several: bool) -> tuple[str, ...] | None:
    """The classes that one column names, or that several columns of 0 and 1 mark.

    Args:
        cells: values by column.
        columns: which of them hold labels.
        several: whether one column may name any number of classes, as ``"a;b"``.

    Returns:
        The names; None where nothing is said about the image.

    Raises:
        InputError: a column of several holds something else than 0 or 1.

    Example:
        >>> labels_of({"label": "cyst;nodule"}, ["label"], several=True)
        ('cyst', 'nodule')
        >>> labels_of({"cyst": "1", "nodule": "0"}, ["cyst", "nodule"], several=True)
        ('cyst',)
    """
    if len(columns) > 1:
        return tuple(name for name in columns if _is_marked(cells.get(name), name))
    cell = cells.get(columns[0])
    if several:
        parts = cell if isinstance(cell, list | tuple) else text_of(cell).split(SEPARATOR)
        return tuple(dict.fromkeys(text for part in parts if (text := text_of(part))))
    text = text_of(cell)
    return (text,) if text else None


def _is_marked(value: Any, column: str) -> bool:
    text = text_of(value).casefold()
    if text not in (*_YES, *_NO):
        raise InputError(f"Expected 0 or 1 in the column {column}, but got {_shown(text)}.")
    return text in _YES


def _shown(text: str) -> str:
    return repr(text[:50]) if text else "an empty cell"
