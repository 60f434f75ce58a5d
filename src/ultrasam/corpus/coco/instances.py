"""One annotated object, and its mask when it is asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from ultrasam.corpus.coco.file import Id
from ultrasam.corpus.polygons import polygons_to_mask
from ultrasam.errors import InputError
from ultrasam.imaging import rle_to_mask
from ultrasam.types import Mask

#: Run-length encoding ``{"size": [H, W], "counts": str or list}``, or polygons ``[[x0, y0, x1, y1, …], …]``.
Segmentation: TypeAlias = dict[str, Any] | list[list[float]]
#: How far a polygon may reach out of its image, in sizes of it: rasterising walks every pixel of its outline.
_MARGIN = 1


@dataclass(frozen=True, eq=False, slots=True)
class Instance:
    """An annotated object of an image.

    Attributes:
        annotation_id: unique in its data set.
        category: its category's name.
        segmentation: as the COCO file has it, RLE or polygons in pixels of the image.
        size_hw: height and width of its image, in pixels.
    """

    annotation_id: Id
    category: str
    segmentation: Segmentation
    size_hw: tuple[int, int]

    def mask(self) -> Mask:
        """Decode the mask ``(H, W)`` bool, as pycocotools does.

        Raises:
            InputError: the encoding is damaged, of another size than the image, or has no pixel inside.
            MissingExtraError: it is a polygon, and the extra ``evaluate`` is not installed.
        """
        problem = segmentation_problem(self.segmentation, self.size_hw)
        if problem is not None:
            raise InputError(problem)
        if isinstance(self.segmentation, dict):
            mask = rle_to_mask({"size": self.size_hw, "counts": self.segmentation["counts"]})
        else:
            mask = polygons_to_mask(self.segmentation, self.size_hw)
        if not mask.any():
            raise InputError("Expected an object with at least one pixel inside, but its mask is empty.")
        return np.ascontiguousarray(mask)


def segmentation_problem(segmentation: Any, size_hw: tuple[int, int]) -> str | None:
    """Why a segmentation cannot be that of an object in an image, as far as it shows without decoding; else None."""
    if isinstance(segmentation, dict):
        return _rle_problem(segmentation, size_hw)
    if segmentation is None or segmentation == []:
        return "Expected a segmentation, but it is missing or empty."
    if not isinstance(segmentation, list):
        return f"Expected a segmentation as RLE or polygons, but got {str(segmentation)[:50]!r}."
    for polygon in segmentation:
        problem = _polygon_problem(polygon, size_hw)
        if problem is not None:
            return problem
    return None


def _rle_problem(rle: dict[str, Any], size_hw: tuple[int, int]) -> str | None:
    size, counts = rle.get("size"), rle.get("counts")
    if isinstance(size, list | tuple) and tuple(size) != size_hw:
        return (
            f"Expected RLE of the image's size {size_hw[0]} x {size_hw[1]} (rows x columns), "
            f"but got {' x '.join(str(side)[:20] for side in size[:3])}."
        )
    if not isinstance(size, list | tuple) or not isinstance(counts, str | list):
        return "Expected RLE with size [height, width] and counts, but one of them is missing or something else."
    if isinstance(counts, list):
        if not all(isinstance(run, int) and run >= 0 for run in counts):
            return "Expected RLE counts as whole numbers from 0, but got others."
        # Summed here, as a sum of machine integers may wrap around.
        if sum(counts) != size_hw[0] * size_hw[1]:
            return f"Expected runs that fill {size_hw[0]} x {size_hw[1]} pixels, but got {sum(counts)} pixels."
    return None


def _polygon_problem(polygon: Any, size_hw: tuple[int, int]) -> str | None:
    if not isinstance(polygon, list):
        return f"Expected polygons as lists [x0, y0, x1, y1, …], but got {str(polygon)[:50]}."
    if len(polygon) % 2:
        return f"Expected polygons of x and y in turn, but one has an odd count of {len(polygon)} numbers."
    if len(polygon) < 6:
        return f"Expected polygons of at least 3 points, but one has {len(polygon) // 2}."
    try:
        is_finite = math.isfinite(sum(polygon))
    except (TypeError, OverflowError):
        return "Expected polygons of numbers, but one holds something else."
    if not is_finite:
        return "Expected polygons of finite numbers, but one holds NaN or infinity."
    for side, values, axis in ((size_hw[1], polygon[::2], "x"), (size_hw[0], polygon[1::2], "y")):
        low, high = min(values), max(values)
        if low < -_MARGIN * side or high > (1 + _MARGIN) * side:
            reach = f"from {str(low)[:9]} to {str(high)[:9]}"
            return f"Expected polygons inside the image, but one reaches {reach} in {axis}, where it has {side} pixels."
    return None
