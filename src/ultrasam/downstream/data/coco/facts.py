"""What a COCO file says about images beside outlines: classes without one, numbers, videos."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from ultrasam.corpus.coco.file import CocoFile, Id, is_id, without_garbage_collection
from ultrasam.corpus.coco.image import text_or_none
from ultrasam.corpus.coco.skipped import Unusable


class CocoFacts:
    """The entries of a COCO file by the ids of their images, unchecked.

    Args:
        path: of the COCO file.

    Raises:
        InputError: it is no COCO file.
    """

    def __init__(self, path: Path) -> None:
        self._file = CocoFile.read(path)
        self._entries: dict[Id, dict[str, Any]] = {
            entry["id"]: entry for entry in self._file.images if isinstance(entry, dict) and is_id(entry.get("id"))
        }

    def of_image(self, image_id: Id) -> dict[str, Any]:
        """The facts about an image by name: of its entry, and of the ``labels`` in it."""
        entry = self._entries[image_id]
        labels = entry.get("labels")
        return {**labels, **entry} if isinstance(labels, dict) else entry

    def sequence(self, image_id: Id) -> str | None:
        """The video or volume that an image is out of."""
        try:
            return text_or_none(self._entries[image_id].get("sequence"))
        except Unusable:
            return None

    def categories(self) -> dict[Id, tuple[str, ...]]:
        """The categories of each image's annotations, in the file's order, whether they have an outline or not."""
        names = self._file.categories
        found: defaultdict[Id, set[str]] = defaultdict(set)
        with without_garbage_collection():
            for entry in self._file.annotations:
                if isinstance(entry, dict) and is_id(entry.get("image_id")) and is_id(entry.get("category_id")):
                    name = names.get(entry["category_id"])
                    if name is not None:
                        found[entry["image_id"]].add(name)
        order = {name: place for place, name in enumerate(dict.fromkeys(names.values()))}
        return {image_id: tuple(sorted(there, key=order.__getitem__)) for image_id, there in found.items()}
