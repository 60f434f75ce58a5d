"""The data sets of an evaluation, from the paths that a user names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import PathLike

import numpy as np

from ultrasam.corpus import CocoFolder, CocoImage, NoSuchSplitError, find_coco
from ultrasam.errors import InputError


def read_folders(paths: Iterable[str | PathLike[str]], split: str = "test") -> tuple[list[CocoFolder], list[str]]:
    """Read all data sets that have images of a split.

    Args:
        paths: COCO folders, COCO files, or folders of such folders.
        split: the name of a split, or ``"all"``.

    Returns:
        The data sets, each with a name of its own and at least one annotated image; and a sentence for each that was
        left out.

    Raises:
        InputError: nothing is there, or nothing is left; or two sets have one name.
    """
    folders: list[CocoFolder] = []
    left_out: list[str] = []
    for file in dict.fromkeys(file for path in paths for file in find_coco(path)):
        try:
            folder = CocoFolder.read(file, split=split)
        except NoSuchSplitError as error:
            left_out.append(str(error))
            continue
        twin = next((other for other in folders if other.name == folder.name), None)
        if twin is not None:
            raise InputError(
                f"Expected data sets of different names, but {twin.annotation_file} and {file} are both {folder.name}: "
                'give one a name of its own in a dataset.json beside it: {"name": "…"}.'
            )
        if any(image.instances for image in folder.images):
            folders.append(folder)
        else:
            first = (
                f"; the first reason: {folder.skipped[0].what}: {folder.skipped[0].reason}" if folder.skipped else ""
            )
            left_out.append(f"{folder.name} has no annotated image of the split {split} that can be used{first}")
    if not folders:
        told = f": {left_out[0]}" if len(left_out) == 1 else ""
        raise InputError(f"Expected annotated images of the split {split}, but there are none in the data given{told}")
    return folders, left_out


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
