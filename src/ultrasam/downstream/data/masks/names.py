"""Which mask files belong to which image, by their names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from ultrasam.corpus.source.natural_order import natural_key
from ultrasam.downstream.data.files import stem_of

#: What people put behind an image's name to name its mask, with a number where there are several.
_ENDING = re.compile(
    r"[ _.-]*(?:masks?|seg|segmentation|labels?|gt|annotations?|roi)?(?:[ _-]*[0-9]+)?$", re.IGNORECASE
)
_WORD_ENDING = re.compile(
    r"[ _.-]+(?:masks?|seg|segmentation|labels?|gt|annotations?|roi)(?:[ _-]*[0-9]+)?$", re.IGNORECASE
)
#: nnU-Net numbers the channels of an image, and not its mask.
_CHANNEL = "_0000"


def masks_of(images: Iterable[str], masks: Iterable[str]) -> tuple[dict[str, list[str]], list[str]]:
    """The masks of each image of one folder among those of another.

    A mask has its image's name, or that with an ending such as ``_mask``, ``_1`` or ``_mask_1``; suffixes are others.
    Folders in both may differ only as long as no two images have one name.

    Args:
        images: paths relative to their folder.
        masks: paths relative to theirs.

    Returns:
        The masks of each image, in the order of their numbers; and masks that belong to no image.

    Example:
        >>> masks_of(["a.png", "a_1.png"], ["a_mask.png", "a_1.png", "b.png"])
        ({'a.png': ['a_mask.png'], 'a_1.png': ['a_1.png']}, ['b.png'])
    """
    image_of = {stem_of(image).casefold(): image for image in images}
    image_of |= {key.removesuffix(_CHANNEL): image for key, image in image_of.items()}
    by_name: defaultdict[str, set[str]] = defaultdict(set)
    for key, image in image_of.items():
        by_name[key.rpartition("/")[2]].add(image)
    found: dict[str, list[str]] = {image: [] for image in image_of.values()}
    orphans = []
    for mask in sorted(masks, key=natural_key):
        key = stem_of(mask).casefold()
        keys = list(dict.fromkeys([key, _WORD_ENDING.sub("", key), _ENDING.sub("", key)]))
        exact = [image_of[key] for key in keys if key in image_of]
        alike = [by_name[name] for key in keys if len(by_name.get(name := key.rpartition("/")[2], ())) == 1]
        if exact:
            found[exact[0]].append(mask)
        elif alike:
            found[next(iter(alike[0]))].append(mask)
        else:
            orphans.append(mask)
    return {image: names for image, names in found.items() if names}, orphans


def masks_beside(files: Iterable[str]) -> dict[str, list[str]]:
    """The masks of images that lie beside them: ``x_mask.png`` and ``x_mask_1.png`` of ``x.png``.

    Example:
        >>> masks_beside(["a/x.png", "a/x_mask.png", "a/x_mask_1.png", "a/y.png"])
        {'a/x.png': ['a/x_mask.png', 'a/x_mask_1.png']}
    """
    names = list(files)
    image_of = {stem_of(name).casefold(): name for name in names}
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(names, key=natural_key):
        key = stem_of(name).casefold()
        bare = _WORD_ENDING.sub("", key)
        if bare != key and bare in image_of:
            found[image_of[bare]].append(name)
    return dict(found)
