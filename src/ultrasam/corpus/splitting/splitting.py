"""A data set cut into training, validation and test part."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np

from ultrasam.corpus.coco.file import Id
from ultrasam.corpus.grouping import KEYS, group_key, groups, places_of
from ultrasam.corpus.splitting.parts import PARTS, strictest
from ultrasam.corpus.splitting.report import SplitReport
from ultrasam.corpus.splitting.settings import check_shares
from ultrasam.corpus.splitting.stratify import Group, stratify
from ultrasam.errors import InputError

#: The class of images without objects.
NOTHING = "(no object)"


def split(
    document: dict[str, Any],
    *,
    seed: int = 0,
    val: float = 0.05,
    test: float = 0.1,
    honour_official: bool = True,
    ties: Iterable[tuple[Id, Id]] = (),
) -> SplitReport:
    """Set ``split`` of every image of a COCO document to ``"train"``, ``"val"`` or ``"test"``.

    No patient (see :func:`~ultrasam.corpus.grouping.groups`) is ever on two sides. Parts that the data set comes with
    (``official_split``) stay as they are; a part that it lacks is made of whole patients out of its training part and
    of images that it puts nowhere; what is left of both is the training part. Where an official split has a patient
    on both sides, the stricter side (test, then validation) keeps its images, so that it is the part that others
    report numbers on; the patient's other official images lose their ``split`` and are in no part. Images of such
    a patient that the official split does not name go to the stricter side.

    The result depends on the seed, the file names and who belongs together, not on the order in the file.

    Args:
        document: a COCO file; changed in place.
        seed: of the parts that are made.
        val: share of all images for a validation part, where one is made; 0 for none.
        test: the same for a test part.
        honour_official: otherwise all three are made anew.
        ties: ids of images that may not be on two sides either, such as duplicates.

    Raises:
        InputError: the shares leave nothing to train on, an image cannot be told from another, or an
            ``official_split`` is none of the three.
    """
    check_shares(val, test)
    images = document["images"]
    members: defaultdict[int, list[int]] = defaultdict(list)
    for place, number in enumerate(groups(images, ties)):
        members[number].append(place)
    # An order that is that of the file names, whatever that of the file is.
    grouped = sorted(members.values(), key=lambda places: min(str(images[place].get("file_name")) for place in places))
    official = [_official(entry) if honour_official else None for entry in images]
    given = tuple(part for part in PARTS if part in official)
    part_of = [strictest(official[place] for place in places) for places in grouped]

    # Those of an official validation or test part stay there; all others are to be placed.
    held_out = [places if part in PARTS[1:] else [] for places, part in zip(grouped, part_of, strict=True)]
    open_groups = [number for number, places in enumerate(held_out) if not places]
    asked = {part: share for part, share in (("val", val), ("test", test)) if share and part not in given}
    classes = _classes(document)
    described = [_describe([classes[place] for place in grouped[number]]) for number in open_groups]
    targets = _targets(asked, len(images), sum(group.size for group in described))
    for number, made in zip(open_groups, stratify(described, targets, np.random.default_rng(seed)), strict=True):
        part_of[number] = made

    for places, part in zip(grouped, part_of, strict=True):
        for place in places:
            images[place]["split"] = part
    lost = [
        [place for place in places if official[place] not in (None, part)]
        for places, part in zip(held_out, part_of, strict=True)
    ]
    for place in chain(*lost):
        del images[place]["split"]
    return SplitReport(
        seed=seed,
        unit=_unit(images),
        official=given,
        asked=asked if open_groups else {},
        images=_per_part(entry.get("split") for entry in images),
        groups=_per_part(part_of),
        cut_groups=sum(map(bool, lost)),
        left_out=tuple(sorted(str(images[place].get("file_name")) for place in chain(*lost))),
        missing=_missing(images, classes),
    )


def _official(entry: dict[str, Any]) -> str | None:
    part = entry.get("official_split")
    if part is not None and part not in PARTS:
        raise InputError(
            f"Expected official_split as {', '.join(PARTS)}, but got {str(part)[:50]!r} of {entry.get('file_name')}: "
            "have the split made without the official one."
        )
    return part


def _classes(document: dict[str, Any]) -> list[set[str]]:
    """Which classes each image shows; annotations of no image or class are passed by."""
    names = {entry["id"]: entry["name"] for entry in document["categories"]}
    places = places_of(document["images"])
    classes: list[set[str]] = [set() for _ in places]
    for entry in document["annotations"]:
        place, name = places.get(entry.get("image_id")), names.get(entry.get("category_id"))
        if place is not None and name is not None:
            classes[place].add(name)
    return [found or {NOTHING} for found in classes]


def _describe(classes: Sequence[set[str]]) -> Group:
    return Group(len(classes), Counter(name for found in classes for name in sorted(found)))


def _targets(asked: dict[str, float], images: int, free_images: int) -> dict[str, float]:
    """How many images each part should get of those that are free."""
    targets = {part: share * images for part, share in asked.items()}
    rest = free_images - sum(targets.values())
    if rest <= 0 < free_images:
        raise InputError(
            f"Expected shares that leave some images to train on, but beside the official parts there are only "
            f"{free_images} images of {images}, and {sum(targets.values()):.0f} of them were asked for: ask for less."
        )
    return {**targets, PARTS[0]: rest}


def _unit(images: Sequence[dict[str, Any]]) -> str:
    keys = {key[0] for entry in images if (key := group_key(entry)) is not None}
    return " or ".join(key for key in KEYS if key in keys) or "image"


def _per_part(parts: Iterable[str | None]) -> dict[str, int]:
    counts = Counter(parts)
    return {part: counts[part] for part in PARTS}


def _missing(images: Sequence[dict[str, Any]], classes: Sequence[set[str]]) -> dict[str, tuple[str, ...]]:
    """Classes that each part lacks, of those that any part has."""
    found: dict[str, set[str]] = {part: set() for part in PARTS}
    for entry, names in zip(images, classes, strict=True):
        if "split" in entry:
            found[entry["split"]] |= names
    everything = set().union(*found.values())
    return {part: tuple(sorted(everything - names)) for part, names in found.items()}
