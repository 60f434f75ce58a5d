"""The data sets of a run: each file read once, its images shared out among splits."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from ultrasam.corpus import CocoFolder, CocoImage, Skipped, find_coco
from ultrasam.corpus.coco.finding import data_set_name, read_facts
from ultrasam.corpus.coco.splits import ALL
from ultrasam.errors import InputError
from ultrasam.evaluation.data import WHOLE_SET, check_own_name

#: Data sets whose reasons are told in one message.
_MOST_TOLD = 5


def read_data_sets(
    paths: Iterable[str | os.PathLike[str]], leave_out: Collection[str] = ()
) -> tuple[list[CocoFolder], list[Skipped]]:
    """Read all images of all data sets.

    Args:
        paths: COCO folders, COCO files, or folders of such folders.
        leave_out: names of data sets that are not even looked into.

    Returns:
        The data sets, each with a name of its own; and what in them cannot be used.

    Raises:
        InputError: nothing is there, a file is no COCO file, all is left out, or two sets have one name.
    """
    folders: list[CocoFolder] = []
    files = dict.fromkeys(file for path in paths for file in find_coco(path))
    for file in files:
        name = data_set_name(file, read_facts(file))
        if name in leave_out:
            continue
        check_own_name(name, file, folders)
        folders.append(CocoFolder.read(file))
    if not folders:
        raise InputError("Expected data to train on, but data.leave_out names all of it.")
    return folders, [entry for folder in folders for entry in folder.skipped]


def of_split(folders: Sequence[CocoFolder], split: str) -> tuple[list[CocoFolder], list[Skipped]]:
    """Those data sets that have annotated images of a split, with the images of that split alone.

    Args:
        folders: with the images of all splits.
        split: a split's name, or ``"all"``.

    Returns:
        The data sets, and which of them have nothing to give, with reasons.

    Raises:
        InputError: none has any.
    """
    found, left_out = [], []
    for folder in folders:
        images = tuple(image for image in folder.images if split in (image.split, ALL))
        if any(image.instances for image in images):
            found.append(replace(folder, split=split, images=images))
        else:
            left_out.append(Skipped(folder.name, WHOLE_SET, _why_nothing(folder, images, split)))
    if not found:
        told = " ".join(f"{entry.dataset}: {entry.reason}" for entry in left_out[:_MOST_TOLD])
        more = len(left_out) - _MOST_TOLD
        raise InputError(
            f"Expected annotated images of the split {split}, but there are none in the data given. {told}"
            + (f" And {more} more data sets." if more > 0 else "")
        )
    return found, left_out


def _why_nothing(folder: CocoFolder, images: Sequence[CocoImage], split: str) -> str:
    if images:
        return f"Expected annotated images of the split {split}, but none of its {len(images)} images has an object."
    counts = Counter(image.split for image in folder.images if image.split is not None)
    if not counts:
        return (
            f"Expected images of the split {split}, but none of its {len(folder.images)} usable images names a split: "
            'give images a "split" of train or val in the COCO file (docs/train.md#data).'
        )
    there = ", ".join(f"{name} ({count})" for name, count in sorted(counts.items()))
    return f"Expected images of the split {split}, but its images are of {there}."
