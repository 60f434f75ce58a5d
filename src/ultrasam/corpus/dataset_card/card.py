"""The card of a converted data set or of a merged corpus, from its files and the catalogue."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ultrasam.corpus.cards.described import Described
from ultrasam.corpus.cards.taxonomy import taxonomy
from ultrasam.corpus.coco.document import read_document
from ultrasam.corpus.coco.finding import data_set_name, find_one, read_facts, root_folder
from ultrasam.corpus.dataset_card.counts import FIELDS, Counts
from ultrasam.corpus.dataset_card.front_matter import front_matter
from ultrasam.corpus.dataset_card.sources import cited, flaws, sharing_warnings
from ultrasam.corpus.markdown import bullets, escape, table
from ultrasam.files import written_whole


def dataset_card(folder: str | os.PathLike[str]) -> str:
    """The card of a data set, as Markdown with the hub's YAML front matter.

    Args:
        folder: of one data set, converted or merged.

    Raises:
        InputError: it holds no data set, or several.
    """
    found = find_one(folder)
    document, facts = read_document(found), read_facts(found)
    itself = Described.of(data_set_name(found, facts), facts)
    sources = [Described.of(str(entry["name"]), entry) for entry in facts.get("datasets") or []] or [itself]
    counts = Counts.of(document)
    parts = [
        front_matter(itself, sources, document),
        f"# {escape(itself.title)}",
        _summary(itself, sources, document, counts),
        *sharing_warnings(sources),
        "## Classes",
        _classes(itself, document, counts),
        "## Splits",
        *_splits(itself, sources, counts),
        "## Sources: licence and citation of each",
        _licence_sentence(itself, sources),
        *cited(sources, *_per_set(itself, document)),
        "## Known flaws, and what was done about them",
        *flaws(sources, _generators(itself, document)),
        "## How it was made",
        *_making(document, facts, counts),
        "## How to load it",
        _loading(found.absolute().relative_to(root_folder(found)).as_posix(), itself.name),
    ]
    return "\n\n".join(parts) + "\n"


def write_dataset_card(folder: str | os.PathLike[str], path: str | os.PathLike[str]) -> None:
    """Write the card of a data set; the hub looks for it in ``README.md`` of its folder.

    Args:
        folder: of one data set, converted or merged.
        path: the file to write.

    Raises:
        InputError: the folder holds no data set, or several.
    """
    text = dataset_card(folder)
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def _summary(itself: Described, sources: Sequence[Described], document: Mapping[str, Any], counts: Counts) -> str:
    images, instances = sum(counts.images.values()), sum(counts.instances.values())
    text = (
        f"{images:,} ultrasound images with {instances:,} outlined objects of {len(document['categories']):,} classes"
    )
    if itself.anatomy:
        text += f"; {escape(itself.anatomy)}"
    if len(sources) > 1:
        text += f"; from {len(sources)} data sets"
    return f"{text}." + (f" Images that show none of them: {counts.empty:,}." if counts.empty else "")


def _classes(itself: Described, document: Mapping[str, Any], counts: Counts) -> str:
    columns = ("class", "structure", "organ", *counts.parts, "all")
    rows: list[list[str | int]] = []
    for category in document["categories"]:
        structure = itself.structure(category) or ""
        name = category["name"]
        rows.append([name, structure, taxonomy().organ_of.get(structure, ""), *counts.per_part(name)])
    return f"Objects of each class:\n\n{table(columns, rows)}"


def _splits(itself: Described, sources: Sequence[Described], counts: Counts) -> list[str]:
    rows: list[list[str | int]] = [
        [part, counts.images[part], sum(n for (_, its), n in counts.instances.items() if its == part)]
        for part in counts.parts
    ]
    columns = ["part", "images", "objects"]
    if any(counts.patients.values()):
        columns.append("patients")
        rows = [[*row, counts.patients.get(str(row[0]), 0)] for row in rows]
    parts = [table(columns, rows), f"How they were made: {escape(_split_text(itself))}."]
    if len(sources) > 1:
        parts.append(bullets(f"{escape(source.name)}: {escape(_split_text(source))}" for source in sources))
    return parts


def _split_text(described: Described) -> str:
    return str(described.facts.get("split") or "not recorded")


def _licence_sentence(itself: Described, sources: Sequence[Described]) -> str:
    if len(sources) == 1:
        return f"Licence: **{escape(itself.licence)}** (of the source, in its words)."
    return (
        f"Licence of the whole: **{escape(itself.licence)}**. Each image keeps that of its data set; whoever uses all "
        "of them keeps to all of these. This is a reading of what the publishers say, and no legal advice."
    )


def _per_set(itself: Described, document: Mapping[str, Any]) -> tuple[Counter[str], Counter[str]]:
    """Images and objects of each data set."""
    set_of = {entry["id"]: str(entry.get("dataset") or itself.name) for entry in document["images"]}
    instances = Counter(set_of[entry["image_id"]] for entry in document["annotations"] if entry["image_id"] in set_of)
    return Counter(set_of.values()), instances


def _generators(itself: Described, document: Mapping[str, Any]) -> dict[str, str]:
    """What wrote each data set."""
    of_sets = {str(entry["name"]): str(entry.get("generator")) for entry in itself.facts.get("datasets") or []}
    return of_sets or {itself.name: str((document.get("info") or {}).get("generator"))}


def _making(document: Mapping[str, Any], facts: Mapping[str, Any], counts: Counts) -> list[str]:
    info = document.get("info") or {}
    lines = [f"Written by {escape(str(info.get('generator') or 'a program that is not recorded'))}"]
    lines += [f"{escape(name)}: {escape(json.dumps(value))}" for name, value in (info.get("options") or {}).items()]
    for key, what in (
        ("moved", "images moved to the part that their duplicates are in"),
        ("dropped", "images left out, as another one is the same"),
        ("unusable", "annotations left out, as they are of no image or class"),
    ):
        lines += [f"{count:,} {what}: {escape(name)}" for name, count in (facts.get(key) or {}).items()]
    fields = table(
        ("key of an image", "what it is", "images that have it"),
        [(name, FIELDS[name], count) for name, count in counts.fields.items()],
    )
    return [bullets(lines), *([fields] if counts.fields else [])]


def _loading(annotation_file: str, name: str) -> str:
    return f"""```python
from pycocotools.coco import COCO

coco = COCO("{annotation_file}")
masks = [coco.annToMask(annotation) for annotation in coco.loadAnns(coco.getAnnIds(coco.getImgIds()[:1]))]
```

```python
from ultrasam.corpus import CocoFolder

for image in CocoFolder.read(".").images:
    masks = [instance.mask() for instance in image.instances]
```

```sh
ultrasam train --data "{name}" --out runs/mine
ultrasam evaluate --data "{name}" --split test --out runs/mine-test
```"""
