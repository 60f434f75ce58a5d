"""One image of a COCO folder with its objects."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from ultrasam.corpus.coco.file import Id
from ultrasam.corpus.coco.image_files import ImageFiles
from ultrasam.corpus.coco.instances import Instance
from ultrasam.corpus.coco.skipped import Unusable
from ultrasam.imaging.limits import MAX_FRAME_PIXELS
from ultrasam.types import SpacingXY

#: A pixel of a kilometre: no image has it, and larger numbers do not fit a float.
_MAX_SPACING_MM = 1e6


@dataclass(frozen=True, eq=False, slots=True)
class CocoImage:
    """An image file and what is annotated in it.

    Attributes:
        image_id: unique in its data set.
        file_name: as the COCO file has it.
        path: the file, which was there when the folder was read.
        size_hw: height and width in pixels, as the COCO file has them.
        split: ``"train"``, ``"val"``, ``"test"`` or another name; None where the file names none.
        patient: whose image it is, where that is known.
        spacing_mm: ``(x, y)`` mm per pixel where the COCO file has ``spacing_mm`` (ours, not COCO's): a number or
            ``[x, y]``.
        instances: its objects, in the file's order; there may be none.
        incomplete: whether some of its annotations cannot be used: then what is not annotated may be an object.
    """

    image_id: Id
    file_name: str
    path: Path
    size_hw: tuple[int, int]
    split: str | None
    patient: str | None
    spacing_mm: SpacingXY | None
    instances: tuple[Instance, ...]
    incomplete: bool = False


def text_or_none(value: Any) -> str | None:
    """A text or number as text; None where there is none (NaN, too, as tables write it).

    Raises:
        Unusable: it is something else.
    """
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Unusable(f"Expected split and patient as text or numbers, but got {str(value)[:50]}.")
    return str(value)


def read_image(entry: dict[str, Any], files: ImageFiles) -> CocoImage:
    """An image entry with an id and a file name, without its instances.

    Raises:
        Unusable: its file is missing, or something about it makes no sense.
    """
    return CocoImage(
        image_id=entry["id"],
        file_name=entry["file_name"],
        path=files.find(entry["file_name"]),
        size_hw=size_of(entry),
        split=text_or_none(entry.get("split")),
        patient=text_or_none(entry.get("patient")),
        spacing_mm=spacing_of(entry),
        instances=(),
    )


def size_of(entry: dict[str, Any]) -> tuple[int, int]:
    """Height and width of an image entry.

    Raises:
        Unusable: they make no sense.
    """
    height, width = entry.get("height"), entry.get("width")
    if not _is_size(height) or not _is_size(width):
        raise Unusable(f"Expected width and height as positive whole numbers, but got {width} and {height}.")
    if max(height, width) > MAX_FRAME_PIXELS or height * width > MAX_FRAME_PIXELS:
        raise Unusable(f"Expected images of at most {MAX_FRAME_PIXELS:,} pixels, but got {width} x {height}.")
    return int(height), int(width)


def _is_size(value: Any) -> TypeGuard[float]:
    if isinstance(value, float):
        return value.is_integer() and value > 0
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def spacing_of(entry: dict[str, Any]) -> SpacingXY | None:
    """``(x, y)`` mm per pixel of an image entry, None where it has none.

    Raises:
        Unusable: it makes no sense.
    """
    value = entry.get("spacing_mm")
    if value is None:
        return None
    pair = value if isinstance(value, list) else [value, value]
    numbers = [v for v in pair if isinstance(v, int | float) and not isinstance(v, bool) and 0 < v < _MAX_SPACING_MM]
    if len(pair) != 2 or len(numbers) != 2:
        raise Unusable(f"Expected spacing_mm as a positive number or [x, y], but got {str(value)[:50]}.")
    return float(numbers[0]), float(numbers[1])
