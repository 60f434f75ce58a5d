"""What of a data set matters to the search for duplicates."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ultrasam.corpus.cards.described import Described
from ultrasam.corpus.coco.file import Id, is_id
from ultrasam.corpus.coco.finding import data_set_name, find_one, read_facts, root_folder
from ultrasam.corpus.coco.image import text_or_none
from ultrasam.corpus.coco.image_files import ImageFiles
from ultrasam.corpus.coco.skipped import Skipped, Unusable
from ultrasam.corpus.coco.stream import stream_entries
from ultrasam.corpus.grouping import group_key
from ultrasam.errors import InputError


@dataclass(frozen=True, slots=True)
class Entry:
    """One image file, and what is said about it.

    Attributes:
        data_set: name of its data set.
        image: ``file_name``, as the COCO file has it.
        path: the file.
        group: ``("patient", name)`` or ``("sequence", name)``; None where it is of no known one.
        split: None where none is named.
        classes: names of its objects' classes, sorted, each once.
        structures: what they are in the words of the taxonomy, which data sets share; without those that are unknown.
        labels: of the whole image, ``(name, value)``, sorted.
    """

    data_set: str
    image: str
    path: Path
    group: tuple[str, str] | None
    split: str | None
    classes: tuple[str, ...]
    structures: tuple[str, ...]
    labels: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class DataSet:
    """The images of a data set in the file's order, each file once, and those that cannot be used."""

    name: str
    folder: Path
    entries: tuple[Entry, ...]
    skipped: tuple[Skipped, ...]


def read_data_set(path: str | os.PathLike[str]) -> DataSet:
    """Read one data set.

    Args:
        path: a COCO file, or a folder with one.

    Raises:
        InputError: nothing is found, it is no COCO file, or ``path`` means several data sets.
    """
    found = find_one(path)
    facts = read_facts(found)
    name = data_set_name(found, facts)
    described = Described.of(name, facts)
    images: list[Any] = []
    category_ids: defaultdict[Id, set[Id]] = defaultdict(set)
    categories: dict[Id, dict[str, Any]] = {}
    for key, entry in stream_entries(found):
        if key == "images":
            images.append(entry)
        elif not isinstance(entry, dict):
            continue
        elif key == "categories" and is_id(entry.get("id")):
            categories[entry["id"]] = entry
        elif key == "annotations" and is_id(entry.get("image_id")) and is_id(entry.get("category_id")):
            category_ids[entry["image_id"]].add(entry["category_id"])
    image_files = ImageFiles(found)
    entries: dict[str, Entry] = {}
    skipped: list[Skipped] = []
    for number, image in enumerate(images, 1):
        try:
            if not isinstance(image, dict) or not is_id(image.get("id")) or not isinstance(image.get("file_name"), str):
                raise Unusable("Expected an image with an id and a file_name.")
            used = [categories[category] for category in category_ids[image["id"]] if category in categories]
            entry = _entry(image, described, image_files, used)
            entries.setdefault(entry.image, entry)
        except (Unusable, InputError) as error:
            skipped.append(Skipped(name, f"image entry number {number}", str(error)))
    return DataSet(name, root_folder(found), tuple(entries.values()), tuple(skipped))


def _entry(
    image: Mapping[str, Any], described: Described, files: ImageFiles, categories: Sequence[Mapping[str, Any]]
) -> Entry:
    structures = {described.structure(category) for category in categories}
    labels = image.get("labels")
    return Entry(
        data_set=described.name,
        image=image["file_name"],
        path=files.find(image["file_name"]),
        group=group_key(image),
        split=text_or_none(image.get("split")),
        classes=tuple(sorted({str(category.get("name")) for category in categories})),
        structures=tuple(sorted(structure for structure in structures if structure is not None)),
        labels=tuple(sorted((str(k), str(v)) for k, v in labels.items())) if isinstance(labels, dict) else (),
    )
