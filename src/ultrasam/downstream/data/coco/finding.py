"""The COCO files that together are one data set, and the parts that they are."""

from __future__ import annotations

import re
from pathlib import Path

from ultrasam.corpus import find_coco
from ultrasam.corpus.coco.finding import ANNOTATIONS_FOLDER, USUAL_NAMES, root_folder
from ultrasam.downstream.data.part_names import part_of
from ultrasam.errors import InputError

#: COCO's own names: ``instances_val2017.json``.
_PART_FILE = re.compile(r"^(?:.*[_-])?([a-z]+)[0-9]*\.json$", re.IGNORECASE)
_MOST_NAMED = 5


def coco_files(path: Path) -> list[tuple[Path, str | None]]:
    """The COCO files at a path, each with the part that it is.

    One file has no part of its own. Several are those of ``train/``, ``valid/`` and ``test/``, or
    ``annotations/instances_train.json`` and so on.

    Raises:
        InputError: nothing is there, or several files that are no parts of one data set.
    """
    for place in (path, path / ANNOTATIONS_FOLDER):
        parts = _part_files(place)
        if len(parts) > 1 and not any((path / name).is_file() for name in USUAL_NAMES):
            return [(file, part) for part, file in parts.items()]
    files = find_coco(path)
    if len(files) == 1:
        return [(files[0], None)]
    by_part = {part: file for file in files if (part := part_of(root_folder(file).name)) is not None}
    if len(by_part) < len(files):
        folders = ", ".join(root_folder(file).name for file in files[:_MOST_NAMED])
        raise InputError(
            f"Expected one data set in {path}, or its parts in folders train, val and test, but found {len(files)}: "
            f"{folders}. Give the folder of one of them, or make them one with  ultrasam data merge."
        )
    return [(file, part) for part, file in by_part.items()]


def _part_files(folder: Path) -> dict[str, Path]:
    """The files of a folder that are named after parts, if each part has one."""
    if not folder.is_dir():
        return {}
    found: dict[str, Path] = {}
    for file in sorted(folder.glob("*.json")):
        match = _PART_FILE.match(file.name)
        part = part_of(match[1]) if match else None
        if part is not None and part in found:
            return {}
        if part is not None:
            found[part] = file
    return found
