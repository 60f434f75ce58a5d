"""A COCO JSON file: read whole, and its three lists and categories checked."""

from __future__ import annotations

import gc
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeGuard

from ultrasam.errors import InputError

#: COCO says int; some tools write text.
Id: TypeAlias = int | str
#: As a tuple: ``isinstance`` with ``int | str`` takes ten times as long, and there are millions of ids.
_ID_TYPES = (int, str)
LISTS = ("images", "annotations", "categories")


@dataclass(frozen=True, eq=False)
class CocoFile:
    """The lists of a COCO file; their entries are not checked, except the categories.

    Attributes:
        sha256: of the file's bytes.
        images: its entries as they stand.
        annotations: its entries as they stand.
        categories: the names by id.
    """

    sha256: str
    images: list[Any]
    annotations: list[Any]
    categories: dict[Id, str]

    @classmethod
    def read(cls, path: Path) -> CocoFile:
        """Read a file.

        Raises:
            InputError: it cannot be read, is no JSON (cut off, perhaps), lacks one of the lists, or a category
                makes no sense.
        """
        content, document = parse_coco(path)
        images, annotations, categories = (document[key] for key in LISTS)
        return cls(hashlib.sha256(content).hexdigest(), images, annotations, _categories(categories, path))


def parse_coco(path: Path) -> tuple[bytes, dict[str, Any]]:
    """The bytes of a COCO file and the whole object in it, of which only the three lists and categories are checked.

    Raises:
        InputError: as :meth:`CocoFile.read`.
    """
    try:
        content = path.read_bytes()
        with without_garbage_collection():
            document = json.loads(content)
    except FileNotFoundError as error:
        raise InputError(f"Expected a COCO file, but there is none at {path}.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(
            f"Expected COCO annotations as JSON in {path}, but it is cut off, damaged or something else: {error}."
        ) from error
    missing = [key for key in LISTS if not isinstance(document, dict) or not isinstance(document.get(key), list)]
    if missing:
        raise InputError(
            f"Expected COCO's lists images, annotations and categories in {path}, but got no {', no '.join(missing)}."
        )
    _categories(document["categories"], path)
    return content, document


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """For what makes millions of objects and no cycles: looking for some takes longer than the work itself."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def is_id(value: Any) -> TypeGuard[Id]:
    """Whether an entry can be told apart by this value."""
    return isinstance(value, _ID_TYPES) and value.__class__ is not bool


def _categories(entries: list[Any], path: Path) -> dict[Id, str]:
    names: dict[Id, str] = {}
    for entry in entries:
        if not isinstance(entry, dict) or not is_id(entry.get("id")) or not isinstance(entry.get("name"), str):
            raise InputError(f"Expected categories with an id and a name in {path}, but got {str(entry)[:100]}.")
        if entry["id"] in names:
            raise InputError(
                f"Expected an id of its own for each category in {path}, but {names[entry['id']]!r} and "
                f"{entry['name']!r} both have the id {entry['id']}."
            )
        names[entry["id"]] = entry["name"]
    return names
