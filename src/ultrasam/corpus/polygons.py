"""Polygons to masks, as COCO does it."""

from __future__ import annotations

from ultrasam.extras import require
from ultrasam.imaging import rle_to_mask
from ultrasam.types import Mask


def polygons_to_mask(polygons: list[list[float]], size_hw: tuple[int, int]) -> Mask:
    """The mask ``(H, W)`` bool of the pixels inside any of the polygons ``[x0, y0, x1, y1, …]``.

    Coordinates are pixels with (0, 0) at the corner of the first one.

    Raises:
        MissingExtraError: the extra ``evaluate`` is not installed.
    """
    coco = require("faster_coco_eval.core.mask", needed_for="Polygon annotations")
    parts = [[float(number) for number in polygon] for polygon in polygons]
    merged = coco.merge(coco.frPyObjects(parts, *size_hw))
    return rle_to_mask(merged)
