"""COCO files that data sets come with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ultrasam.corpus.coco.instances import segmentation_problem
from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading.polygons import Outline, Ring
from ultrasam.corpus.sample import Unreadable
from ultrasam.corpus.source import SourceFile


@dataclass(frozen=True)
class PolygonImage:
    """One image of a COCO file.

    Attributes:
        file_name: as it is written there, perhaps with folders.
        size_hw: height and width that its coordinates are of.
        outlines: one per annotation, in all its pieces; (0, 0) is the corner of the first pixel.
    """

    file_name: str
    size_hw: tuple[int, int]
    outlines: tuple[Outline, ...]


def coco_polygons(file: SourceFile, classes: Mapping[int, str], notes: Notes) -> list[PolygonImage]:
    """The images of a COCO file, each with its annotated objects; annotations that cannot be used are said.

    Args:
        file: JSON.
        classes: category id to class.
        notes: where annotations go that are left out.

    Raises:
        Unreadable: it is no COCO file.
    """
    try:
        document = json.loads(file.read())
        images = {entry["id"]: entry for entry in document["images"]}
        outlines: dict[Any, list[Outline]] = {number: [] for number in images}
        sizes = {number: (int(entry["height"]), int(entry["width"])) for number, entry in images.items()}
        for entry in document["annotations"]:
            number = entry.get("image_id")
            reason = _problem(entry, sizes.get(number), classes)
            if reason:
                notes.warn(f"{file.path}: an annotation of image {number} is left out: {reason}")
            else:
                outlines[number].append(Outline(classes[entry["category_id"]], _rings(entry["segmentation"])))
        return [PolygonImage(str(images[n]["file_name"]), sizes[n], tuple(outlines[n])) for n in images]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(
            f"Expected a COCO file in {file.path}, but it is damaged or something else: {error}"
        ) from error


def _problem(entry: Mapping[str, Any], size_hw: tuple[int, int] | None, classes: Mapping[int, str]) -> str | None:
    if size_hw is None:
        return "Expected an image of the file, but it has none with this number."
    if entry.get("category_id") not in classes:
        return f"Expected a category among {', '.join(map(str, classes))}, but got {entry.get('category_id')}."
    if isinstance(entry.get("segmentation"), dict):
        return "Expected polygons, but got run-length encoding."
    return segmentation_problem(entry.get("segmentation"), size_hw)


def _rings(polygons: list[list[float]]) -> tuple[Ring, ...]:
    return tuple(tuple((float(x), float(y)) for x, y in zip(flat[::2], flat[1::2], strict=True)) for flat in polygons)
