"""The numbers of a dataset card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ultrasam.corpus.grouping import group_key, places_of
from ultrasam.corpus.splitting.parts import PARTS

#: How images without a split are listed.
NO_PART = "no part"
#: What an image entry may say beyond COCO, and what that is, in plain words.
FIELDS = {
    "patient": "who it is of",
    "sequence": "the video, sweep or volume that it is out of",
    "frame": "its place in the sequence, from 0",
    "spacing_mm": "mm per pixel, to the right and down",
    "labels": "what is said about the whole image",
    "official_split": "the part that the source puts it in",
    "dataset": "the data set that it is out of",
    "source": "its file in the source",
}


@dataclass(frozen=True)
class Counts:
    """What a COCO document holds.

    Attributes:
        parts: those that have images, ``train`` first.
        images: per part.
        patients: per part, of those whose patient is known.
        instances: per class and part.
        empty: images without objects.
        fields: how many images have each of :data:`FIELDS`, of those that any has.
    """

    parts: tuple[str, ...]
    images: Mapping[str, int]
    patients: Mapping[str, int]
    instances: Mapping[tuple[str, str], int]
    empty: int
    fields: Mapping[str, int]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Counts:
        """Count; annotations of no image or class are passed by."""
        entries: Sequence[dict[str, Any]] = document["images"]
        places = places_of(entries)
        part_of = [str(entry.get("split") or NO_PART) for entry in entries]
        names = {entry["id"]: entry["name"] for entry in document["categories"]}
        instances: Counter[tuple[str, str]] = Counter()
        shown: set[int] = set()
        for annotation in document["annotations"]:
            place, name = places.get(annotation.get("image_id")), names.get(annotation.get("category_id"))
            if place is not None and name is not None:
                instances[name, part_of[place]] += 1
                shown.add(place)
        keys = {(key, part) for entry, part in zip(entries, part_of, strict=True) if (key := group_key(entry))}
        order = [*PARTS, *sorted(set(part_of) - {*PARTS, NO_PART}), NO_PART]
        return cls(
            parts=tuple(part for part in order if part in part_of),
            images=Counter(part_of),
            patients=Counter(part for (kind, _), part in keys if kind == "patient"),
            instances=instances,
            empty=len(entries) - len(shown),
            fields={name: count for name in FIELDS if (count := sum(name in entry for entry in entries))},
        )

    def per_part(self, name: str) -> list[int]:
        """Instances of a class in each part, and in all."""
        counts = [self.instances.get((name, part), 0) for part in self.parts]
        return [*counts, sum(counts)]
