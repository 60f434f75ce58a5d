"""Images and annotations of several COCO files in one list each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ultrasam.corpus.coco.file import Id
from ultrasam.corpus.coco.finding import IMAGES_FOLDER
from ultrasam.corpus.coco.image_files import ImageFiles
from ultrasam.corpus.coco.skipped import Unusable
from ultrasam.corpus.grouping import KEYS, group_key, places_of
from ultrasam.corpus.merging.sources import Source
from ultrasam.corpus.ties import Member, member
from ultrasam.errors import InputError


@dataclass
class Entries:
    """What a merged COCO file lists; entries keep all keys that they had.

    Attributes:
        images: numbered from 1, ``dataset`` says of which; patients and sequences have its name before their own.
        annotations: numbered from 1.
        licenses: all different ones.
        files: where each image is to lie, relative to the merged corpus, to where it lies now.
        ids: the data set and file of each image to its new id.
        unusable: how many annotations of each data set are of no image or class of it, and left out.
    """

    images: list[dict[str, Any]] = field(default_factory=list)
    annotations: list[dict[str, Any]] = field(default_factory=list)
    licenses: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, Path] = field(default_factory=dict)
    ids: dict[Member, Id] = field(default_factory=dict)
    unusable: dict[str, int] = field(default_factory=dict)

    def add(self, source: Source, category_ids: Mapping[Id, int]) -> None:
        """Take over all entries of a data set; its document is used up.

        Raises:
            InputError: an image file is missing, or images cannot be told apart.
        """
        image_ids = self._add_images(source)
        for entry in source.document["annotations"]:
            image_id, category_id = image_ids.get(entry.get("image_id")), category_ids.get(entry.get("category_id"))
            if image_id is None or category_id is None:
                self.unusable[source.name] = self.unusable.get(source.name, 0) + 1
                continue
            entry.update(id=len(self.annotations) + 1, image_id=image_id, category_id=category_id)
            self.annotations.append(entry)

    def keep(self, images: list[dict[str, Any]]) -> None:
        """Let all other images go, and their annotations."""
        ids = {entry["id"] for entry in images}
        self.images = images
        self.annotations = [entry for entry in self.annotations if entry["image_id"] in ids]

    def _add_images(self, source: Source) -> dict[Id, int]:
        """New ids by old ones."""
        images: Sequence[dict[str, Any]] = source.document["images"]
        new_ids = {old: len(self.images) + place + 1 for old, place in places_of(images).items()}
        files = ImageFiles(source.annotation_file)
        licences = self._licences(source)
        for entry in images:
            path = _find(files, entry, source)
            inner = member(source.name, entry["file_name"])
            file_name = f"{IMAGES_FOLDER}/{source.name}/{inner[1]}"
            if self.files.setdefault(file_name, path) != path:
                raise InputError(f"Expected one file of each name, but {source.name} has two called {inner[1]}.")
            self.ids[inner] = new_ids[entry["id"]]
            for key in KEYS:
                # Only so that equal names of two data sets are not one patient.
                if (group := group_key({"id": entry["id"], key: entry.get(key)})) is not None:
                    entry[key] = f"{source.name}/{group[1]}"
            licence = licences.get(entry.get("license"), licences[None])
            entry.update(id=new_ids[entry["id"]], file_name=file_name, dataset=source.name, license=licence)
            self.images.append(entry)
        return new_ids

    def _licences(self, source: Source) -> dict[Id | None, int]:
        """New ids of licences by old ones; under None that of images which name none."""
        listed = [entry for entry in source.document.get("licenses") or [] if isinstance(entry, dict)]
        numbers = {
            entry.get("id"): self._licence(str(entry.get("name")), str(entry.get("url") or "")) for entry in listed
        }
        only = next(iter(numbers.values())) if len(numbers) == 1 else self._licence(source.described.licence, "")
        return {**numbers, None: only}

    def _licence(self, name: str, url: str) -> int:
        for entry in self.licenses:
            if (entry["name"], entry["url"]) == (name, url):
                return int(entry["id"])
        self.licenses.append({"id": len(self.licenses) + 1, "name": name, "url": url})
        return len(self.licenses)


def _find(files: ImageFiles, entry: dict[str, Any], source: Source) -> Path:
    file_name = entry.get("file_name")
    if not isinstance(file_name, str) or not file_name:
        raise InputError(f"Expected a file_name of every image of {source.name}, but {entry['id']} has none.")
    try:
        return files.find(file_name)
    except Unusable as error:
        raise InputError(
            f"Expected all images of {source.name}, but {file_name} cannot be used: {error} See  ultrasam data verify  "
            "for the others."
        ) from None
