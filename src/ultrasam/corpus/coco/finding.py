"""The COCO files that a user's path means, and what their data sets are called."""

from __future__ import annotations

import json
import mmap
import os
import re
from pathlib import Path
from typing import Any

from ultrasam.errors import InputError

#: Names that are tried first, in this order.
USUAL_NAMES = ("coco.json", "annotations.json", "_annotations.coco.json")
FACTS_NAME = "dataset.json"
#: COCO's own layout: annotations/instances_val.json beside images/.
ANNOTATIONS_FOLDER = "annotations"
IMAGES_FOLDER = "images"
_KEYS = (b'"images"', b'"annotations"', b'"categories"')


def find_coco(path: str | os.PathLike[str]) -> list[Path]:
    """The annotation files that a path means, sorted by folder.

    Args:
        path: a JSON file; a folder that holds ``coco.json``, ``annotations.json``, ``_annotations.coco.json`` or
            exactly one other COCO file, itself or in its ``annotations/``; or a folder of such folders.

    Raises:
        InputError: there is no such path, no COCO file, or a folder holds several that are equally likely.
    """
    place = Path(path)
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise InputError(f"Expected a COCO file or a folder with one, but there is nothing at {place}.")
    try:
        own = _of_data_set(place)
        if own is not None:
            return [own]
        found = [file for folder in _folders(place) if (file := _of_data_set(folder)) is not None]
    except OSError as error:
        raise InputError(f"Expected folders that can be listed in {place}, but got: {error}.") from error
    if not found:
        raise InputError(
            f"Expected a COCO file ({', '.join(USUAL_NAMES)} or one other JSON file with images, annotations and "
            f"categories) in {place}, in its folder {ANNOTATIONS_FOLDER} or in a folder in it, but found none."
        )
    return found


def find_one(path: str | os.PathLike[str]) -> Path:
    """The annotation file of the one data set that a path means.

    Raises:
        InputError: as :func:`find_coco`, or the path means several data sets.
    """
    files = find_coco(path)
    if len(files) > 1:
        raise InputError(f"Expected one data set in {path}, but found {len(files)}: give the folder of one of them.")
    return files[0]


def read_facts(annotation_file: Path) -> dict[str, Any]:
    """``dataset.json`` beside an annotation file, or in the folder above ``annotations/``; empty where there is none.

    Raises:
        InputError: it is no JSON object.
    """
    for folder in dict.fromkeys((annotation_file.parent, root_folder(annotation_file))):
        path = folder / FACTS_NAME
        if not path.is_file() or path == annotation_file:
            continue
        try:
            facts = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(f"Expected facts about a data set as JSON in {path}, but got: {error}.") from error
        if not isinstance(facts, dict):
            raise InputError(f'Expected {path} to hold {{"name": …}}, but got another structure.')
        return facts
    return {}


def data_set_name(annotation_file: Path, facts: dict[str, Any]) -> str:
    """What a data set is called: ``name`` of its facts, else its folder's name; fit to be a file's name.

    Where a folder holds several COCO files, the file's name tells them apart.
    """
    folder = root_folder(annotation_file)
    given = facts.get("name")
    given = given if isinstance(given, str) else ""
    if annotation_file.name in USUAL_NAMES or len(_other_coco_files(annotation_file.parent)) < 2:
        parts = [given or folder.name]
    else:
        parts = [given, annotation_file.stem]
    # Results are written to files of this name, so that it may not lead into other folders.
    name = re.sub(r"[^\w .()+-]+", "-", "-".join(parts)).strip(" .-")
    return name or "dataset"


def root_folder(annotation_file: Path) -> Path:
    """The data set's folder: that of the file, or the one above where the file lies in ``annotations/``."""
    folder = Path(os.path.abspath(annotation_file)).parent  # noqa: PTH100  (links stay, their names are the user's)
    return folder.parent if folder.name == ANNOTATIONS_FOLDER else folder


def is_of_whole_folder(annotation_file: Path) -> bool:
    """Whether its data set's folder means this file: one of a single split does not name the images of the others."""
    try:
        files = find_coco(root_folder(annotation_file))
    except InputError:
        return False
    return len(files) == 1 and files[0].samefile(annotation_file)


def _of_data_set(folder: Path) -> Path | None:
    """The one annotation file of a folder or of its ``annotations/``, or None."""
    for place in (folder, folder / ANNOTATIONS_FOLDER):
        for name in USUAL_NAMES:
            if (place / name).is_file():
                return place / name
        others = _other_coco_files(place)
        if len(others) > 1:
            names = ", ".join(file.name for file in others)
            raise InputError(f"Expected one COCO file in {place}, but found {names}: give the path of one of them.")
        if others:
            return others[0]
    return None


def _folders(folder: Path) -> list[Path]:
    return sorted(inner for inner in folder.iterdir() if inner.is_dir() and not inner.name.startswith("."))


def _other_coco_files(folder: Path) -> list[Path]:
    """JSON files that look like COCO, except those with usual names."""
    if not folder.is_dir():
        return []
    known = (*USUAL_NAMES, FACTS_NAME)
    files = (file for file in folder.iterdir() if file.suffix.lower() == ".json" and file.name not in known)
    return sorted(file for file in files if file.is_file() and looks_like_coco(file))


def looks_like_coco(path: Path) -> bool:
    """Whether COCO's three lists are named somewhere in a file; parsing it takes a hundred times as long."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return all(content.find(key) >= 0 for key in _KEYS)
    except (OSError, ValueError):
        # Unreadable, or empty, which cannot be mapped.
        return False
