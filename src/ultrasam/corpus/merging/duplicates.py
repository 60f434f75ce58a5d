"""Images that are there twice, in one data set or in two, kept on one side of the split or kept once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, TypeAlias

from ultrasam.corpus.coco.file import Id
from ultrasam.corpus.grouping import groups
from ultrasam.corpus.merging.entries import Entries
from ultrasam.corpus.splitting.parts import PARTS, strictest

Ties: TypeAlias = Sequence[tuple[Id, Id]]


def onto_one_side(images: Sequence[dict[str, Any]], ties: Ties) -> dict[str, int]:
    """Move images that are tied, and all others of their patients, to the strictest part that any of them is in.

    Were the patient's other images left behind, the same person would be on both sides. Images that are in no part
    stay in none.

    Args:
        images: of the merged corpus; changed in place.
        ties: ids of images that are one.

    Returns:
        how many images of each data set were moved.
    """
    tied = {image_id for pair in ties for image_id in pair}
    together = defaultdict(list)
    for entry, number in zip(images, groups(images, ties), strict=True):
        together[number].append(entry)
    moved: Counter[str] = Counter()
    for entries in together.values():
        if not any(entry["id"] in tied for entry in entries):
            continue
        part = strictest(entry.get("split") for entry in entries)
        for entry in entries:
            if entry.get("split") in PARTS and entry["split"] != part:
                entry["split"] = part
                moved[entry["dataset"]] += 1
    return dict(sorted(moved.items()))


def drop_superfluous(entries: Entries, ties: Ties) -> dict[str, int]:
    """Let all but one image go of each that is there several times; one with objects stays where there is one.

    Args:
        entries: of the merged corpus; changed in place.
        ties: ids of images that are one.

    Returns:
        how many images of each data set are gone.
    """
    tied = list(dict.fromkeys(image_id for pair in ties for image_id in pair))
    cluster_of = dict(zip(tied, groups([{"id": image_id} for image_id in tied], ties), strict=True))
    annotated = {entry["image_id"] for entry in entries.annotations}
    seen: set[int] = set()
    dropped: dict[Id, str] = {}
    for entry in sorted(entries.images, key=lambda entry: entry["id"] not in annotated):
        cluster = cluster_of.get(entry["id"])
        if cluster in seen:
            dropped[entry["id"]] = entry["dataset"]
        elif cluster is not None:
            seen.add(cluster)
    entries.keep([entry for entry in entries.images if entry["id"] not in dropped])
    return dict(sorted(Counter(dropped.values()).items()))
