"""A data set as a COCO folder: an annotation file and the images that it names."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ultrasam.corpus.coco.file import CocoFile, Id, is_id, without_garbage_collection
from ultrasam.corpus.coco.finding import data_set_name, find_one, read_facts
from ultrasam.corpus.coco.image import CocoImage, read_image, text_or_none
from ultrasam.corpus.coco.image_files import ImageFiles
from ultrasam.corpus.coco.instances import Instance, segmentation_problem
from ultrasam.corpus.coco.skipped import Skipped, Unusable
from ultrasam.corpus.coco.splits import ALL, in_split

#: Image files that are named in one reason.
_MOST_NAMES = 5


@dataclass(frozen=True, eq=False)
class CocoFolder:
    """What can be used of a data set, and what cannot.

    Attributes:
        name: from ``dataset.json``, or the folder's.
        annotation_file: the COCO file.
        sha256: of the COCO file.
        facts: ``dataset.json`` beside it (licence, anatomy, …), empty where there is none.
        categories: names in the file's order.
        split: what was asked for; ``"all"`` for every image.
        images: those of the split, sorted by id; images without objects are among them.
        skipped: images and annotations of the split that cannot be used, and annotations of no image.
    """

    name: str
    annotation_file: Path
    sha256: str
    facts: dict[str, Any]
    categories: tuple[str, ...]
    split: str
    images: tuple[CocoImage, ...]
    skipped: tuple[Skipped, ...]

    @classmethod
    def read(cls, path: str | os.PathLike[str], *, split: str = ALL) -> CocoFolder:
        """Read one data set; masks are decoded later, when an instance is asked for its own.

        Args:
            path: a COCO file, or a folder with one (see :func:`find_one`).
            split: which images; ``"all"`` for every one.

        Raises:
            NoSuchSplitError: no image is in the split.
            InputError: nothing is found or it is no COCO file, or ``path`` means several data sets.

        Source: the COCO data format, https://cocodataset.org/#format-data.
        """
        found = find_one(path)
        file = CocoFile.read(found)
        facts = read_facts(found)
        reader = _Reader(data_set_name(found, facts), file, ImageFiles(found))
        with without_garbage_collection():
            images = reader.read(split)
        return cls(
            name=reader.name,
            annotation_file=found,
            sha256=file.sha256,
            facts=facts,
            categories=tuple(dict.fromkeys(file.categories.values())),
            split=split,
            images=images,
            skipped=tuple(reader.skipped),
        )


class _Reader:
    """One pass over the images and one over the annotations of a file."""

    def __init__(self, name: str, file: CocoFile, files: ImageFiles) -> None:
        self.name = name
        self.skipped: list[Skipped] = []
        self._file = file
        self._files = files
        #: File names by id of all images, those of other splits and unusable ones too.
        self._names: defaultdict[Id, list[str]] = defaultdict(list)
        #: Images of which an annotation was left out.
        self._incomplete: set[Id] = set()

    def read(self, split: str) -> tuple[CocoImage, ...]:
        """The usable images of a split with their instances."""
        images = self._images(split)
        instances = defaultdict(list)
        for image_id, instance in self._instances(images):
            instances[image_id].append(instance)
        whole = [
            replace(image, instances=tuple(instances[i]), incomplete=i in self._incomplete)
            for i, image in images.items()
        ]
        return tuple(sorted(whole, key=lambda image: (isinstance(image.image_id, str), image.image_id)))

    def _images(self, split: str) -> dict[Id, CocoImage]:
        entries = self._file.images
        for entry in entries:
            if isinstance(entry, dict) and is_id(entry.get("id")):
                self._names[entry["id"]].append(str(entry.get("file_name")))
        chosen = in_split([_split_of(entry) for entry in entries], split, self.name)
        images: dict[Id, CocoImage] = {}
        for number, (entry, is_wanted) in enumerate(zip(entries, chosen, strict=True), 1):
            if not is_wanted:
                continue
            try:
                self._check_image(entry)
                images[entry["id"]] = read_image(entry, self._files)
            except Unusable as error:
                self._skip(_image_text(entry, number), error)
        return images

    def _check_image(self, entry: Any) -> None:
        if not isinstance(entry, dict) or not is_id(entry.get("id")):
            raise Unusable("Expected an image with an id that is a whole number or text.")
        if not isinstance(entry.get("file_name"), str) or not entry["file_name"]:
            raise Unusable("Expected an image with a file_name, but it has none.")
        # An id that an image of another split has too is ambiguous all the same.
        names = self._names[entry["id"]]
        if len(names) > 1:
            shown = ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "")
            raise Unusable(f"Expected an id of its own for each image, but {len(names)} have this one: {shown}.")

    def _instances(self, images: dict[Id, CocoImage]) -> Iterator[tuple[Id, Instance]]:
        seen: set[Id] = set()
        for number, entry in enumerate(self._file.annotations, 1):
            image_id = entry.get("image_id") if isinstance(entry, dict) else None
            image = images.get(image_id) if is_id(image_id) else None
            is_repeated = False
            if isinstance(entry, dict) and is_id(entry.get("id")):
                # Counted over all splits, so that an annotation is used or not whatever split is asked for.
                is_repeated = entry["id"] in seen
                seen.add(entry["id"])
            if image is None and is_id(image_id) and image_id in self._names:
                continue
            try:
                if image is None:
                    raise Unusable("Expected an annotation of one of the file's images, but its image is not there.")
                if is_repeated:
                    raise Unusable("Expected an id of its own for each annotation, but an earlier one has this id.")
                yield image.image_id, self._instance(entry, image)
            except Unusable as error:
                if image is not None:
                    self._incomplete.add(image.image_id)
                self._skip(_annotation_text(entry, number, image), error)

    def _instance(self, entry: dict[str, Any], image: CocoImage) -> Instance:
        if not is_id(entry.get("id")):
            raise Unusable("Expected an annotation with an id that is a whole number or text.")
        category_id = entry.get("category_id")
        category = self._file.categories.get(category_id) if is_id(category_id) else None
        if category is None:
            raise Unusable(f"Expected the id of one of the file's categories, but got {str(category_id)[:50]}.")
        if entry.get("iscrowd"):
            raise Unusable("It is a crowd (iscrowd 1): several objects in one, which no prompt for one object means.")
        segmentation = entry.get("segmentation")
        problem = segmentation_problem(segmentation, image.size_hw)
        if problem is not None or segmentation is None:
            raise Unusable(problem)
        return Instance(entry["id"], category, segmentation, image.size_hw)

    def _skip(self, what: str, reason: Unusable) -> None:
        self.skipped.append(Skipped(self.name, what, str(reason)))


def _split_of(entry: Any) -> str | None:
    try:
        return text_or_none(entry.get("split")) if isinstance(entry, dict) else None
    except Unusable:
        return None


def _image_text(entry: Any, number: int) -> str:
    """``"image 17 (a.png)"``, or its number in the file where it has no id."""
    if not isinstance(entry, dict) or not is_id(entry.get("id")):
        return f"image entry number {number}"
    return f"image {entry['id']} ({entry.get('file_name')})"


def _annotation_text(entry: Any, number: int, image: CocoImage | None) -> str:
    """``"annotation 5 of image 17 (a.png)"``, or its number in the file where it has no id."""
    has_id = isinstance(entry, dict) and is_id(entry.get("id"))
    text = f"annotation {entry['id']}" if has_id else f"annotation entry number {number}"
    if image is not None:
        return f"{text} of image {image.image_id} ({image.file_name})"
    image_id = entry.get("image_id") if isinstance(entry, dict) else None
    return f"{text} of image {str(image_id)[:50]}" if image_id is not None else text
