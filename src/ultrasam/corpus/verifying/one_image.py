"""What can be wrong with one image and its masks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ultrasam.corpus.coco.file import Id
from ultrasam.corpus.coco.image import CocoImage
from ultrasam.corpus.coco.instances import Instance
from ultrasam.corpus.verifying.verification import Finding
from ultrasam.errors import ImageError, InputError
from ultrasam.imaging import read
from ultrasam.imaging.tight_box import tight_box
from ultrasam.types import Mask

#: A box around polygons may be that of their pixels or that of their corners.
_POLYGON_BOX_PIXELS = 2.0


@dataclass(frozen=True, eq=False, slots=True)
class Task:
    """An image to be looked at.

    Attributes:
        image: with its objects.
        extents: of each object, the area and the box that the file states; None where it does not.
    """

    image: CocoImage
    extents: tuple[tuple[Any, Any], ...]


def check_images(tasks: Sequence[Task]) -> list[Finding]:
    """What is wrong with some images."""
    return [finding for task in tasks for finding in check_image(task)]


def check_image(task: Task) -> Iterator[Finding]:
    """Decode an image and its masks, one after the other, and compare them with what the file states."""
    yield from _check_pixels(task.image)
    seen: dict[tuple[str, tuple[int, int, int, int], bytes], Id] = {}
    for instance, (area, bbox) in zip(task.image.instances, task.extents, strict=True):
        where = f"annotation {instance.annotation_id} of {_where(task.image)}"
        try:
            mask = instance.mask()
        except InputError as error:
            yield Finding("mask", where, str(error))
            continue
        box = tight_box(mask) or (0, 0, 0, 0)
        for kind, text in (("area", _area_problem(area, mask, instance)), ("bbox", _box_problem(bbox, box, instance))):
            if text is not None:
                yield Finding(kind, where, text)
        x0, y0, x1, y1 = box
        first = seen.setdefault((instance.category, box, mask[y0:y1, x0:x1].tobytes()), instance.annotation_id)
        if first != instance.annotation_id:
            text = f"Expected each object once, but annotation {first} has the same mask and class {instance.category}."
            yield Finding("duplicate_annotation", where, text)


def _check_pixels(image: CocoImage) -> Iterator[Finding]:
    try:
        with read(image.path) as picture:
            pixels = picture.frame(0).pixels
    except ImageError as error:
        yield Finding("unreadable_image", _where(image), str(error))
        return
    if pixels.shape[:2] != image.size_hw:
        (height, width), (stated_height, stated_width) = pixels.shape[:2], image.size_hw
        text = f"Expected {stated_width} x {stated_height} pixels, but the file has {width} x {height}."
        yield Finding("image_size", _where(image), text)
    # Few pixels are enough to see that most pictures have contrast.
    if (pixels[::16, ::16] == pixels[0, 0]).all() and (pixels == pixels[0, 0]).all():
        yield Finding("no_contrast", _where(image), "Expected a picture, but all its pixels have one value.")


def _where(image: CocoImage) -> str:
    return f"image {image.image_id} ({image.file_name})"


def _area_problem(area: Any, mask: Mask, instance: Instance) -> str | None:
    if area is None:
        return None
    pixels = int(mask.sum())
    if not _is_number(area):
        return f"Expected the area as a number, but got {str(area)[:50]}."
    # Of polygons, some tools state the area inside the outline, others the pixels.
    if isinstance(instance.segmentation, dict) and abs(area - pixels) > 0.5:
        return f"Expected the area of the mask, {pixels} pixels, but the file states {area:g}."
    return None


def _box_problem(bbox: Any, box_xyxy: tuple[int, int, int, int], instance: Instance) -> str | None:
    if bbox is None:
        return None
    if not isinstance(bbox, list) or len(bbox) != 4 or not all(map(_is_number, bbox)):
        return f"Expected the box as [x, y, width, height], but got {str(bbox)[:50]}."
    x, y, width, height = bbox
    margin = 0.5 if isinstance(instance.segmentation, dict) else _POLYGON_BOX_PIXELS
    stated = (x, y, x + width, y + height)
    if all(abs(one - other) <= margin for one, other in zip(stated, box_xyxy, strict=True)):
        return None
    x0, y0, x1, y1 = box_xyxy
    return f"Expected the box of the mask, {[x0, y0, x1 - x0, y1 - y0]}, but the file states {bbox}."


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
