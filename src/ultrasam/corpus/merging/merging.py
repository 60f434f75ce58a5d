"""Several data sets made one corpus."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from ultrasam import __version__
from ultrasam.corpus.coco.document import COCO_NAME, write_document, write_facts
from ultrasam.corpus.coco.finding import root_folder
from ultrasam.corpus.coco.splits import NoSuchSplitError
from ultrasam.corpus.merging.classes import Classes, merged_categories
from ultrasam.corpus.merging.duplicates import drop_superfluous, onto_one_side
from ultrasam.corpus.merging.entries import Entries
from ultrasam.corpus.merging.facts import merged_facts
from ultrasam.corpus.merging.linking import Linker
from ultrasam.corpus.merging.report import MergedSet, MergeReport
from ultrasam.corpus.merging.sources import Source, read_sources
from ultrasam.corpus.merging.whole_folder import whole_folder
from ultrasam.corpus.splitting.files import write_part_files
from ultrasam.corpus.splitting.parts import PARTS
from ultrasam.corpus.ties import DUPLICATES_NAME, Member, read_clusters, ties
from ultrasam.errors import InputError


def merge(
    folders: Iterable[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    *,
    classes: Classes = "agnostic",
    splits: Sequence[str] | None = None,
    duplicates: str | os.PathLike[str] | None = None,
    drop_duplicates: bool = False,
    link: bool = True,
    files: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> MergeReport:
    """Make one corpus: ``coco.json``, ``dataset.json`` and ``images/NAME/``.

    The splits of the data sets stay, except that images which a ``duplicates.json`` (beside each data set, or the one
    given) calls one end up on one side. The same data sets give the same files, in whatever order they come.

    Args:
        folders: of data sets, or with folders of data sets in them.
        out: a new or empty folder.
        classes: by what categories are told apart, see :func:`~ultrasam.corpus.merging.classes.merged_categories`.
        splits: which parts to take; None for all images.
        duplicates: a ``duplicates.json`` across data sets.
        drop_duplicates: keep one image of those that are equal in every pixel.
        link: hard links where the file system has them; otherwise images are copied.
        files: also ``annotations/instances_train.json`` and so on.
        on_progress: is told how many of how many image files are in place.

    Raises:
        InputError: a data set cannot be used, or a category is not of the taxonomy that ``classes`` asks for.
        NoSuchSplitError: no image is in the parts asked for.
    """
    place = Path(out)
    with whole_folder(place) as folder:
        sources = read_sources(folders)
        sets = [source.described for source in sources]
        categories, category_ids = merged_categories(
            [(source.described, source.document["categories"]) for source in sources], classes
        )
        entries = Entries()
        for source, ids in zip(sources, category_ids, strict=True):
            entries.add(source, ids)
        names = [described.name for described in sets]
        tied = ties(_clusters(sources, duplicates), entries.ids, names)
        moved = onto_one_side(entries.images, tied)
        if splits is not None:
            _keep_parts(entries, splits)
        copies = ties(_clusters(sources, duplicates, exact=True), entries.ids, names)
        dropped = drop_superfluous(entries, copies) if drop_duplicates else {}
        linker = _place(entries, folder, link, on_progress)
        report = MergeReport(
            classes=classes,
            sets=_merged_sets(sources, entries),
            splits=_splits(entries),
            categories=_instances(categories, entries),
            moved=moved,
            dropped=dropped,
            unusable=entries.unusable,
            linked=linker.linked,
            copied=linker.copied,
        )
        facts = merged_facts(place.resolve().name, sets, report)
        options = {
            "classes": classes,
            "splits": None if splits is None else list(splits),
            "drop_duplicates": drop_duplicates,
        }
        document = {
            "info": {
                "description": facts["title"],
                "licence": facts["licence"],
                "generator": f"ultrasam {__version__}",
                "options": options,
            },
            "licenses": entries.licenses,
            "images": entries.images,
            "annotations": entries.annotations,
            "categories": categories,
        }
        write_document(folder / COCO_NAME, document)
        write_facts(folder, facts)
        if files:
            write_part_files(folder, document)
    return report


def _clusters(
    sources: Sequence[Source], duplicates: str | os.PathLike[str] | None, *, exact: bool = False
) -> list[list[Member]]:
    """Those of each data set, and those of the file that is given."""
    files = [root_folder(source.annotation_file) / DUPLICATES_NAME for source in sources]
    if duplicates is not None:
        if not Path(duplicates).is_file():
            raise InputError(f"Expected a list of duplicates, but there is no file at {duplicates}.")
        files.append(Path(duplicates))
    return [cluster for file in files for cluster in read_clusters(file, exact=exact)]


def _keep_parts(entries: Entries, splits: Sequence[str]) -> None:
    entries.keep([entry for entry in entries.images if entry.get("split") in splits])
    if not entries.images:
        raise NoSuchSplitError(f"Expected images in the parts {', '.join(splits)}, but no data set has any.")


def _place(entries: Entries, folder: Path, link: bool, on_progress: Callable[[int, int], None] | None) -> Linker:
    linker = Linker(folder, link=link)
    # Two entries may name one file.
    names = list(dict.fromkeys(entry["file_name"] for entry in entries.images))
    for number, name in enumerate(names, 1):
        linker.place(entries.files[name], name)
        if on_progress is not None:
            on_progress(number, len(names))
    return linker


def _merged_sets(sources: Sequence[Source], entries: Entries) -> tuple[MergedSet, ...]:
    set_of = {entry["id"]: entry["dataset"] for entry in entries.images}
    images = Counter(set_of.values())
    instances = Counter(set_of[entry["image_id"]] for entry in entries.annotations)
    return tuple(
        MergedSet.of(source.described, source.generator, images[source.name], instances[source.name])
        for source in sources
    )


def _splits(entries: Entries) -> dict[str, int]:
    counts = Counter(str(entry.get("split") or "") for entry in entries.images)
    return {**{part: counts[part] for part in PARTS}, **dict(sorted(counts.items()))}


def _instances(categories: Sequence[dict[str, Any]], entries: Entries) -> dict[str, int]:
    counts = Counter(entry["category_id"] for entry in entries.annotations)
    return {entry["name"]: counts[entry["id"]] for entry in categories}
