"""Images that a search for duplicates has found to be one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

from ultrasam.corpus.coco.file import Id
from ultrasam.corpus.coco.finding import IMAGES_FOLDER
from ultrasam.errors import InputError

DUPLICATES_NAME = "duplicates.json"
#: A data set's name and the file of one of its images, as :func:`member` gives them.
Member: TypeAlias = tuple[str, str]


def read_clusters(path: Path, *, exact: bool = False) -> list[list[Member]]:
    """The clusters of a ``duplicates.json``; an empty list where there is no such file.

    Args:
        path: the file.
        exact: only images that are equal in every pixel: neighbouring frames of an unnamed video are near ones.

    Raises:
        InputError: it holds something else.
    """
    if not path.is_file():
        return []
    try:
        clusters = json.loads(path.read_bytes())["clusters"]
        wanted = [[entry for entry in cluster if not exact or entry["kind"] == "exact"] for cluster in clusters]
        return [[member(entry["set"], entry["image"]) for entry in cluster] for cluster in wanted]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f'Expected {{"clusters": [[{{"set": …, "image": …}}, …], …]}} in {path}, but got: {error!r}. '
            "Have  ultrasam data dedup  make it anew."
        ) from error


def member(data_set: str, file_name: str) -> Member:
    """An image of a data set; with and without ``images/`` before its name it is the same."""
    return data_set, file_name.removeprefix(f"{IMAGES_FOLDER}/")


def ties(clusters: Iterable[list[Member]], ids: Mapping[Member, Id], sets: Iterable[str]) -> list[tuple[Id, Id]]:
    """Pairs of image ids that hold each cluster together.

    Args:
        clusters: of images; those of other data sets are passed by.
        ids: of all images of the data sets.
        sets: names of the data sets.

    Raises:
        InputError: an image of one of the data sets is not there: the search was made on other files.
    """
    names = set(sets)
    pairs: list[tuple[Id, Id]] = []
    for cluster in clusters:
        here = [entry for entry in cluster if entry[0] in names]
        if not here:
            continue
        missing = [entry for entry in here if entry not in ids]
        if missing:
            raise InputError(
                f"Expected duplicates among the images of {missing[0][0]}, but there is no {missing[0][1]}: have  "
                "ultrasam data dedup  make the list anew."
            )
        pairs += [(ids[here[0]], ids[other]) for other in here[1:]]
    return pairs
