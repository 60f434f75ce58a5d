"""A COCO file as columns of numbers: a million objects in little memory, and no mask among them."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ultrasam.corpus.coco.file import Id, is_id
from ultrasam.corpus.coco.image import size_of, spacing_of, text_or_none
from ultrasam.corpus.coco.skipped import Unusable
from ultrasam.corpus.coco.stream import stream_entries
from ultrasam.corpus.statistics.extent import Extent, extent_of

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Names:
    """A column of words.

    Attributes:
        index: ``(N,)``, place in ``words`` of each row; -1 where there is none.
        words: in the order of their first row.
    """

    index: Ints
    words: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Columns:
    """``N`` images and ``M`` objects.

    Attributes:
        sizes_wh: ``(N, 2)``, width and height in pixels.
        split: of each image.
        patient: of each image.
        sequence: of each image.
        spacing_mm: ``(N, 2)``, mm per pixel to the right and down; NaN where it is not known.
        labels: image-level label to values and their numbers of images.
        image: ``(M,)``, the row of each object's image.
        category: of each object; all categories of the file are among its words.
        structure: of the taxonomy, category's name to structure, where the file says so.
        area_px: ``(M,)``.
        boxes_xywh: ``(M, 4)`` in pixels.
        left_out: images and objects that cannot be counted: without a size, an image, a category or a segmentation.
    """

    sizes_wh: Ints
    split: Names
    patient: Names
    sequence: Names
    spacing_mm: Floats
    labels: dict[str, dict[str, int]]
    image: Ints
    category: Names
    structure: dict[str, str]
    area_px: Floats
    boxes_xywh: Floats
    left_out: int

    @classmethod
    def read(cls, path: Path) -> Columns:
        """Read a COCO file, entry by entry.

        Raises:
            InputError: it is no COCO file.
        """
        reader = _Reader()
        take = {"images": reader.image, "annotations": reader.annotation, "categories": reader.category}
        for key, entry in stream_entries(path):
            try:
                take[key](entry)
            except Unusable:
                reader.left_out += 1
        return reader.columns()


class _Words:
    """A column of words while it grows."""

    def __init__(self) -> None:
        self.index = array("q")
        self.places: dict[str, int] = {}

    def add(self, word: str | None) -> None:
        self.index.append(-1 if word is None else self.places.setdefault(word, len(self.places)))

    def names(self) -> Names:
        return Names(_ints(self.index), tuple(self.places))


class _Reader:
    def __init__(self) -> None:
        self.left_out = 0
        self._rows: dict[Id, int] = {}
        self._sizes = array("q")
        self._words = {key: _Words() for key in ("split", "patient", "sequence")}
        self._spacing = array("d")
        self._labels: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._categories: dict[Id, str] = {}
        self._structure: dict[str, str] = {}
        # Resolved at the end, as annotations may come before images and categories.
        self._image_ids: list[Any] = []
        self._category_ids: list[Any] = []
        self._extents = array("d")

    def image(self, entry: Any) -> None:
        """Add an image's row."""
        if not isinstance(entry, dict) or not is_id(entry.get("id")) or entry["id"] in self._rows:
            raise Unusable
        height, width = size_of(entry)
        spacing = spacing_of(entry) or (np.nan, np.nan)
        words = [text_or_none(entry.get(key)) for key in self._words]
        self._rows[entry["id"]] = len(self._rows)
        self._sizes.extend((width, height))
        for column, word in zip(self._words.values(), words, strict=True):
            column.add(word)
        self._spacing.extend(spacing)
        labels = entry.get("labels")
        if isinstance(labels, dict):
            for key, value in labels.items():
                self._labels[key][str(value)] += 1

    def annotation(self, entry: Any) -> None:
        """Add an object's row."""
        if not isinstance(entry, dict) or not is_id(entry.get("image_id")) or not is_id(entry.get("category_id")):
            raise Unusable
        self._extents.extend(extent_of(entry))
        self._image_ids.append(entry["image_id"])
        self._category_ids.append(entry["category_id"])

    def category(self, entry: Any) -> None:
        """Add a category."""
        if not isinstance(entry, dict) or not is_id(entry.get("id")) or not isinstance(entry.get("name"), str):
            raise Unusable
        self._categories[entry["id"]] = entry["name"]
        if isinstance(entry.get("structure"), str):
            self._structure[entry["name"]] = entry["structure"]

    def columns(self) -> Columns:
        names = tuple(dict.fromkeys(self._categories.values()))
        places = {category_id: names.index(name) for category_id, name in self._categories.items()}
        image = np.array([self._rows.get(i, -1) for i in self._image_ids], np.int64)
        category = np.array([places.get(i, -1) for i in self._category_ids], np.int64)
        extents = np.frombuffer(self._extents, np.float64).reshape(-1, len(Extent._fields))
        is_whole = (image >= 0) & (category >= 0)
        return Columns(
            sizes_wh=_ints(self._sizes).reshape(-1, 2),
            **{key: words.names() for key, words in self._words.items()},
            spacing_mm=np.frombuffer(self._spacing, np.float64).reshape(-1, 2),
            labels={key: dict(sorted(values.items())) for key, values in sorted(self._labels.items())},
            image=image[is_whole],
            category=Names(category[is_whole], names),
            structure=self._structure,
            area_px=extents[is_whole, 0],
            boxes_xywh=extents[is_whole, 1:],
            left_out=self.left_out + int((~is_whole).sum()),
        )


def _ints(numbers: array[int]) -> Ints:
    return np.frombuffer(numbers, np.int64)
