"""The split of a converted data set, written into its files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ultrasam.corpus.coco.document import read_document, write_document, write_facts
from ultrasam.corpus.coco.file import Id
from ultrasam.corpus.coco.finding import (
    USUAL_NAMES,
    data_set_name,
    find_one,
    is_of_whole_folder,
    read_facts,
    root_folder,
)
from ultrasam.corpus.splitting.files import part_files, write_part_files
from ultrasam.corpus.splitting.report import SplitReport
from ultrasam.corpus.splitting.settings import SplitSettings
from ultrasam.corpus.splitting.splitting import split
from ultrasam.corpus.ties import DUPLICATES_NAME, member, read_clusters, ties
from ultrasam.errors import InputError


def write_splits(
    folder: str | os.PathLike[str],
    *,
    seed: int = 0,
    val: float = 0.05,
    test: float = 0.1,
    honour_official: bool = True,
    files: bool = False,
) -> SplitReport:
    """Split a data set (see :func:`split`) and write the result into its COCO file and ``dataset.json``.

    Duplicates that ``duplicates.json`` beside them lists stay on one side. ``dataset.json`` stays as it is where its
    folder means another COCO file than the one given.

    Args:
        folder: of one data set, or its COCO file.
        seed: of the parts that are made.
        val: share of all images for a validation part, where one is made; 0 for none.
        test: the same for a test part.
        honour_official: otherwise all parts are made anew.
        files: also write ``annotations/instances_train.json`` and so on. Where they are there already they are always
            written anew, as the parts in them would no longer be the data set's.

    Raises:
        InputError: the folder holds no data set or several, or it cannot be split so; nothing is changed then.
    """
    path = find_one(folder)
    root = root_folder(path)
    has_files = files or any(file.is_file() for file in part_files(root).values())
    if has_files and path.name not in USUAL_NAMES:
        raise InputError(
            f"Expected a COCO file called {USUAL_NAMES[0]} to write one file per part beside it, but got {path.name}, "
            f"which could not be told from them: rename it."
        )
    document, facts = read_document(path), read_facts(path)
    name = data_set_name(path, facts)
    report = split(
        document, seed=seed, val=val, test=test, honour_official=honour_official, ties=known_ties(document, name, root)
    )
    write_document(path, document)
    if is_of_whole_folder(path):
        settings = SplitSettings(seed, val, test, honour_official)
        write_facts(root, {**facts, **split_facts(report, settings)})
    if has_files:
        write_part_files(root, document)
    return report


def known_ties(document: dict[str, Any], name: str, folder: Path) -> list[tuple[Id, Id]]:
    """Ids of images that ``duplicates.json`` in a data set's folder calls one."""
    ids = {member(name, str(entry.get("file_name"))): entry["id"] for entry in document["images"]}
    return list(ties(read_clusters(folder / DUPLICATES_NAME), ids, [name]))


def split_facts(report: SplitReport, settings: SplitSettings) -> dict[str, Any]:
    """What ``dataset.json`` says about a split."""
    return {"split": report.text, "splits": dict(report.images), "split_settings": settings.as_dict()}
