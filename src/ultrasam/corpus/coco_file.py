"""A COCO JSON file: read whole, and its three lists and categories checked."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeGuard

from ultrasam.errors import InputError

#: COCO says int; some tools write text.
Id: TypeAlias = int | str


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
        try:
            content = path.read_bytes()
            document = json.loads(content)
        except FileNotFoundError as error:
            raise InputError(f"Expected a COCO file, but there is none at {path}.") from error
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(
                f"Expected COCO annotations as JSON in {path}, but it is cut off, damaged or something else: {error}."
            ) from error
        keys = ("images", "annotations", "categories")
        missing = [key for key in keys if not isinstance(document, dict) or not isinstance(document.get(key), list)]
        if missing:
            raise InputError(
                f"Expected COCO's lists images, annotations and categories in {path}, "
                f"but got no {', no '.join(missing)}."
            )
        images, annotations, categories = (document[key] for key in keys)
        return cls(hashlib.sha256(content).hexdigest(), images, annotations, _categories(categories, path))


def is_id(value: Any) -> TypeGuard[Id]:
    """Whether an entry can be told apart by this value."""
    return isinstance(value, int | str) and not isinstance(value, bool)


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
