"""The data sets of an evaluation, from the paths that a user names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from ultrasam.corpus import CocoFolder, CocoImage, NoSuchSplitError, Skipped, find_coco
from ultrasam.errors import InputError
from ultrasam.evaluation.records import file_stem

#: What was left out where nothing of a data set is taken.
WHOLE_SET = "the data set"
_MOST_TOLD = 5


def read_folders(paths: Iterable[str | PathLike[str]], split: str = "test") -> tuple[list[CocoFolder], list[Skipped]]:
    """Read all data sets that have images of a split.

    Args:
        paths: COCO folders, COCO files, or folders of such folders.
        split: the name of a split, or ``"all"``.

    Returns:
        The data sets, each with a name of its own and at least one annotated image; and what was left out: whole
        data sets, and what in them could not be used.

    Raises:
        InputError: nothing is there, or nothing is left; or two sets have one name.
    """
    folders: list[CocoFolder] = []
    left_out: list[Skipped] = []
    for file in dict.fromkeys(file for path in paths for file in find_coco(path)):
        try:
            folder = CocoFolder.read(file, split=split)
        except NoSuchSplitError as error:
            left_out.append(Skipped(file.parent.name, WHOLE_SET, str(error)))
            continue
        check_own_name(folder.name, file, folders)
        if any(image.instances for image in folder.images):
            folders.append(folder)
        else:
            reason = f"Expected annotated images of the split {split}, but none can be used."
            left_out += [Skipped(folder.name, WHOLE_SET, reason), *folder.skipped]
    if not folders:
        told = " ".join(f"{entry.dataset}, {entry.what}: {entry.reason}" for entry in left_out[:_MOST_TOLD])
        raise InputError(
            f"Expected annotated images of the split {split}, but there are none in the data given. {told}"
        )
    return folders, left_out


def check_own_name(name: str, file: Path, others: Iterable[CocoFolder]) -> None:
    """Raise InputError where another data set has the name of the one in ``file``: files are named after them."""
    twin = next((other for other in others if file_stem(other.name).casefold() == file_stem(name).casefold()), None)
    if twin is not None:
        raise InputError(
            f"Expected data sets of different names, but {twin.annotation_file} and {file} are both named {name}, "
            "case and signs apart: give one a name of its own in a dataset.json beside it."
        )


def chosen_images(
    folder: CocoFolder, *, limit: int = 0, seed: int = 0, also_without_objects: bool = False
) -> list[CocoImage]:
    """The images that are asked about: all that have objects, or a seeded choice of ``limit`` of them.

    Predictions without prompts are wrong on images without objects, too: these count then.
    """
    images: Sequence[CocoImage] = [image for image in folder.images if image.instances or also_without_objects]
    if not limit or limit >= len(images):
        return list(images)
    order = np.random.default_rng(seed).permutation(len(images))
    return [images[i] for i in sorted(order[:limit])]
