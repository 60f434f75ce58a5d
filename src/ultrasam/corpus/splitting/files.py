"""One COCO file per part, for tools that know no ``split``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultrasam.corpus.coco.document import write_document
from ultrasam.corpus.coco.finding import ANNOTATIONS_FOLDER
from ultrasam.corpus.splitting.parts import PARTS


def part_files(folder: Path) -> dict[str, Path]:
    """Where the file of each part belongs: COCO's own layout, ``annotations/instances_val.json``."""
    return {part: folder / ANNOTATIONS_FOLDER / f"instances_{part}.json" for part in PARTS}


def write_part_files(folder: Path, document: dict[str, Any]) -> None:
    """Write a file for each part that has images; remove those of parts that have none (any more).

    Args:
        folder: of the data set.
        document: with ``split`` of the images.
    """
    for part, path in part_files(folder).items():
        images = [entry for entry in document["images"] if entry.get("split") == part]
        if not images:
            path.unlink(missing_ok=True)
            continue
        ids = {entry["id"] for entry in images}
        annotations = [entry for entry in document["annotations"] if entry.get("image_id") in ids]
        write_document(path, {**document, "images": images, "annotations": annotations})
