"""What the values of masks mean, as a user has written it down: ``classes.json``, ``classes.txt``, nnU-Net's facts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from ultrasam.corpus.reading.legend import Colour
from ultrasam.errors import InputError

#: Names by value, None for background; or names alone, in the order of values that are yet to be looked at.
Named: TypeAlias = "dict[int | Colour, str | None] | tuple[str, ...]"
FILE_NAMES = ("classes.json", "classes.txt")
#: Editors on Windows write a mark of the byte order.
_UTF8 = "utf-8-sig"
_BACKGROUND = ("", "background", "_background_", "bg", "none", "null")
#: nnU-Net's name of what nobody has annotated.
_IGNORE = "ignore"
_HEX = re.compile(r"#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})", re.IGNORECASE)
_LINE = re.compile(r"\s*(?:(\d+)\s*[:,;\t ]\s*)?(.*?)\s*")


def named_values(folders: Iterable[Path], chosen: Sequence[str]) -> Named:
    """What a user says about the values of masks.

    Args:
        folders: where ``classes.json``, ``classes.txt`` or nnU-Net's ``dataset.json`` may lie.
        chosen: names that were given directly; they count where there is no such file.

    Raises:
        InputError: a file says nothing that makes sense.
    """
    for folder in folders:
        for name in FILE_NAMES:
            path = folder / name
            if path.is_file():
                return _from_json(path) if path.suffix == ".json" else _from_lines(path)
        labels = _nnunet_labels(folder / "dataset.json")
        if labels is not None:
            return labels
    return tuple(chosen)


def _from_json(path: Path) -> Named:
    try:
        content = json.loads(path.read_text(encoding=_UTF8))
    except (OSError, ValueError) as error:
        raise InputError(f"Expected names of classes as JSON in {path}, but got: {error}.") from error
    if isinstance(content, list) and all(isinstance(name, str) for name in content):
        return _in_order(content)
    if not isinstance(content, dict) or not content:
        raise InputError(
            f'Expected ["lesion", …], {{"1": "lesion", …}} or {{"lesion": "#ff0000", …}} in {path}, but got something '
            "else."
        )
    return _by_value(content, path)


def _from_lines(path: Path) -> Named:
    try:
        lines = [line for line in path.read_text(encoding=_UTF8).splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Expected a class per line in {path}, but got: {error}.") from error
    found = [match.groups() for line in lines if (match := _LINE.fullmatch(line))]
    if found and all(number is not None for number, _ in found):
        return {int(number): _name(name) for number, name in found}
    return _in_order([line.strip() for line in lines])


def _nnunet_labels(path: Path) -> Named | None:
    """``labels`` of nnU-Net's ``dataset.json``; None where it is something else."""
    try:
        labels = json.loads(path.read_text(encoding=_UTF8)).get("labels")
    except (OSError, ValueError, AttributeError):
        return None
    if not isinstance(labels, dict) or not labels:
        return None
    if _IGNORE in labels:
        raise InputError(
            f"Expected masks that say of each pixel what it is, but {path} has a label {_IGNORE!r}: its pixels are of "
            "nothing known. Say in a file classes.json beside the masks what they count as (null is background)."
        )
    return _by_value(labels, path)


def _in_order(names: Sequence[str]) -> tuple[str, ...]:
    """Names of 1, 2, …; one of the background before them is that of 0."""
    return tuple(names[1:] if names and _name(names[0]) is None else names)


def _by_value(content: Mapping[str, Any], path: Path) -> dict[int | Colour, str | None]:
    """Values and names, whichever of both are the keys."""
    found: dict[int | Colour, str | None] = {}
    for key, entry in content.items():
        value, name = _value(key), entry
        if value is None:
            value, name = _value(entry), key
        if value is None or not (name is None or isinstance(name, str)):
            raise InputError(
                f"Expected numbers or colours (#rrggbb) and names of classes in {path}, but got {key!r}: {entry!r}."
            )
        found[value] = _name(name)
    return found


def _value(value: Any) -> int | Colour | None:
    """A number or a colour; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, list) and len(value) == 3 and all(isinstance(part, int) for part in value):
        return value[0], value[1], value[2]
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    match = _HEX.fullmatch(value.strip()) if isinstance(value, str) else None
    return (int(match[1], 16), int(match[2], 16), int(match[3], 16)) if match else None


def _name(name: str | None) -> str | None:
    return None if name is None or name.strip().casefold() in _BACKGROUND else name.strip()
