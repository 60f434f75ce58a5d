"""What can be wrong with a data set as a whole."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from ultrasam.corpus.coco.finding import FACTS_NAME, is_of_whole_folder, root_folder
from ultrasam.corpus.coco.folder import CocoFolder
from ultrasam.corpus.coco.image_files import ImageFiles
from ultrasam.corpus.coco.skipped import Unusable
from ultrasam.corpus.coco.splits import in_usual_order
from ultrasam.corpus.verifying.stated import Stated
from ultrasam.corpus.verifying.verification import Finding
from ultrasam.imaging.reading import READABLE_SUFFIXES

#: What the workbench exports beside the images of an archive, which has this file: pictures of their masks.
_MANIFEST, _MASK_FOLDERS = "project.json", frozenset(("masks", "labels"))
#: File names that are listed in one finding.
_MOST_NAMES = 5


def check_set(folder: CocoFolder, stated: Stated) -> Iterator[Finding]:
    """What shows without a look into any picture or mask."""
    for skipped in folder.skipped:
        kind = "unusable_image" if skipped.what.startswith("image") else "unusable_annotation"
        yield Finding(kind, skipped.what, skipped.reason)
    yield from _named_twice(folder)
    yield from _cut_groups(folder, stated)
    yield from _missing_classes(folder)
    yield from _unnamed_files(folder, stated)
    yield from _wrong_facts(folder)


def _named_twice(folder: CocoFolder) -> Iterator[Finding]:
    entries = defaultdict(list)
    for image in folder.images:
        entries[image.path].append(image)
    for images in entries.values():
        if len(images) > 1:
            numbers = ", ".join(str(image.image_id) for image in images)
            text = f"Expected one entry for each image file, but {len(images)} name this one: {numbers}."
            yield Finding("image_named_twice", images[0].file_name, text)


def _cut_groups(folder: CocoFolder, stated: Stated) -> Iterator[Finding]:
    splits: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for image in folder.images:
        if image.image_id in stated.no_groups:
            where = f"image {image.image_id} ({image.file_name})"
            yield Finding("unknown_group", where, stated.no_groups[image.image_id])
        group = stated.groups.get(image.image_id)
        if group is not None and image.split is not None:
            splits[group][image.split] += 1
    for (kind, name), counts in splits.items():
        if len(counts) > 1:
            there = ", ".join(f"{split} ({counts[split]})" for split in in_usual_order(counts))
            text = f"Expected all images of a {kind} in one split, but they are in {there}."
            yield Finding("group_in_two_splits", f"{kind} {name}", text)


def _missing_classes(folder: CocoFolder) -> Iterator[Finding]:
    objects: defaultdict[str, Counter[str | None]] = defaultdict(Counter)
    for image in folder.images:
        objects_here = Counter(instance.category for instance in image.instances)
        for category, count in objects_here.items():
            objects[category][image.split] += count
    splits = in_usual_order({image.split for image in folder.images if image.split is not None})
    for category in folder.categories:
        if category not in objects:
            yield Finding("unused_category", f"class {category}", "Expected objects of each class, but it has none.")
            continue
        for split in splits:
            if not objects[category][split]:
                text = f"Expected objects of each class in each split, but there is none in {split}."
                yield Finding("class_missing_in_split", f"class {category}", text)


def _unnamed_files(folder: CocoFolder, stated: Stated) -> Iterator[Finding]:
    """One finding per folder."""
    if not is_of_whole_folder(folder.annotation_file):
        return
    root = root_folder(folder.annotation_file)
    named = _named_paths(folder, stated.file_names)
    known = _MASK_FOLDERS if (root / _MANIFEST).is_file() else frozenset()
    for place, folders, names in os.walk(root):
        passed = known if Path(place) == root else ()
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in passed)
        strange = [name for name in sorted(names) if _is_image(name) and os.path.join(place, name) not in named]  # noqa: PTH118
        if strange:
            shown = ", ".join(strange[:_MOST_NAMES]) + (", …" if len(strange) > _MOST_NAMES else "")
            text = f"Expected image files that the COCO file names, but it does not name {len(strange)} here: {shown}."
            yield Finding("unnamed_files", f"folder {Path(place).relative_to(root).as_posix()}", text)


def _named_paths(folder: CocoFolder, file_names: Iterable[str]) -> set[str]:
    """The files of all entries, of those too that cannot be used for another reason."""
    files = ImageFiles(folder.annotation_file)
    paths = set()
    for name in file_names:
        try:
            paths.add(str(files.find(name)))
        except Unusable:
            continue
    return paths


def _is_image(name: str) -> bool:
    return not name.startswith(".") and Path(name).suffix.lower() in READABLE_SUFFIXES


def _wrong_facts(folder: CocoFolder) -> Iterator[Finding]:
    counted = {"images": len(folder.images), "instances": sum(len(image.instances) for image in folder.images)}
    for key, number in counted.items():
        stated = folder.facts.get(key)
        if isinstance(stated, int) and stated != number:
            yield Finding(
                "facts", f"{FACTS_NAME}: {key}", f"Expected {number}, as many as there are, but got {stated}."
            )
