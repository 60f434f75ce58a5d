"""Few images out of many, by chance, that show as much as they can."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from contextlib import suppress

import numpy as np

from ultrasam.corpus.coco.file import Id, is_id
from ultrasam.corpus.coco.folder import CocoFolder
from ultrasam.corpus.coco.image import CocoImage
from ultrasam.corpus.coco.stream import stream_entries
from ultrasam.corpus.grouping import group_key
from ultrasam.errors import InputError


def choose(folder: CocoFolder, count: int, seed: int, category: str | None = None) -> list[CocoImage]:
    """Choose images by chance: the classes take turns, and no patient has a second image before others have a first.

    Images without objects count as a class of their own. Where no patient is named, the sequence stands for it.

    Args:
        folder: the data set.
        count: images; fewer where there are fewer.
        seed: of the choice, which depends on nothing else.
        category: only images with an object of this class.

    Returns:
        in the order of the data set.

    Raises:
        InputError: there is no such category, or no image.
    """
    if category is not None and category not in folder.categories:
        raise InputError(
            f"Expected a class of {folder.name} among {', '.join(folder.categories)}, but got {category!r}."
        )
    queues = _queues(folder, seed)
    if category is not None:
        queues = {category: queues[category]} if category in queues else {}
    chosen: set[int] = set()
    while queues and len(chosen) < count:
        for name, queue in list(queues.items()):
            while queue and queue[0] in chosen:
                queue.popleft()
            if not queue:
                del queues[name]
            elif len(chosen) < count:
                chosen.add(queue.popleft())
    if not chosen:
        raise InputError(f"Expected images of {category or folder.name} to show, but there is none.")
    return [folder.images[place] for place in sorted(chosen)]


def _queues(folder: CocoFolder, seed: int) -> dict[str | None, deque[int]]:
    """For each class the places of its images: the first images of all patients, then the second ones, and so on."""
    whose = _groups(folder)
    order = np.random.default_rng(seed).permutation(len(folder.images)).tolist()
    so_far: Counter[object] = Counter()
    turn = {}
    for place in order:
        group = whose.get(folder.images[place].image_id, place)
        turn[place] = so_far[group]
        so_far[group] += 1
    # Sorting keeps the order of chance among those of one turn.
    queues: defaultdict[str | None, deque[int]] = defaultdict(deque)
    for place in sorted(order, key=turn.__getitem__):
        for name in {instance.category for instance in folder.images[place].instances} or {None}:
            queues[name].append(place)
    return {name: queues[name] for name in (*folder.categories, None) if name in queues}


def _groups(folder: CocoFolder) -> dict[Id, tuple[str, str]]:
    """Image's id to whose it is; those that are alone are not in it."""
    groups = {}
    for key, entry in stream_entries(folder.annotation_file):
        if key == "images" and isinstance(entry, dict) and is_id(entry.get("id")):
            # A patient or sequence that makes no sense is for verify to tell; the image is alone then.
            with suppress(InputError):
                group = group_key(entry)
                if group is not None:
                    groups[entry["id"]] = group
    return groups
