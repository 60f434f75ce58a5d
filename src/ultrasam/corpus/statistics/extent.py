"""How large an annotated object is and where it lies, without its mask."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ultrasam.corpus.coco.instances import segmentation_problem
from ultrasam.corpus.coco.skipped import Unusable
from ultrasam.errors import InputError
from ultrasam.imaging.rle import rle_runs


class Extent(NamedTuple):
    """Area in pixels, and the box's left, top, width and height in pixels."""

    area: float
    x: float
    y: float
    width: float
    height: float


def extent_of(annotation: dict[str, Any]) -> Extent:
    """What a COCO annotation says about itself; where it does not, what its segmentation says.

    The box of a run-length encoding follows from its runs; of polygons the area is that of their outlines (Gauss's
    formula), where pixels that two of them cover count twice.

    Raises:
        Unusable: it says nothing, and its segmentation is missing, damaged or empty.
    """
    area: Any = annotation.get("area")
    bbox = annotation.get("bbox")
    if _is_number(area) and isinstance(bbox, list) and len(bbox) == 4 and all(map(_is_number, bbox)):
        return Extent(area, *bbox)
    segmentation = annotation.get("segmentation")
    if isinstance(segmentation, dict):
        return _of_rle(segmentation)
    if not isinstance(segmentation, list) or not segmentation:
        raise Unusable("Expected an area and a box, or a segmentation, but there is none.")
    try:
        return _of_polygons([np.asarray(polygon, np.float64).reshape(-1, 2) for polygon in segmentation])
    except (TypeError, ValueError) as error:
        raise Unusable(f"Expected polygons as lists [x0, y0, x1, y1, …], but got others: {error}.") from error


def _is_number(value: Any) -> bool:
    # By type, as asking isinstance five million times takes seconds; and True is no number here.
    return type(value) in (int, float) and 0 <= value < math.inf


def _of_rle(rle: dict[str, Any]) -> Extent:
    size = rle.get("size")
    problem = segmentation_problem(rle, tuple(size) if isinstance(size, list) else (0, 0))
    if problem is not None:
        raise Unusable(problem)
    try:
        runs = rle_runs(rle)
    except InputError as error:
        raise Unusable(str(error)) from error
    ends = np.cumsum(runs)
    inside = np.flatnonzero(runs[1::2]) * 2 + 1
    if not inside.size:
        raise Unusable("Expected an object with at least one pixel inside, but its mask is empty.")
    first, last = ends[inside - 1], ends[inside] - 1
    height = rle["size"][0]
    columns = first // height, last // height
    # A run that goes on in the next column has the last row of one and the first row of the other.
    goes_on = columns[0] != columns[1]
    top = np.where(goes_on, 0, first % height).min()
    bottom = np.where(goes_on, height - 1, last % height).max()
    x0, x1 = int(columns[0].min()), int(columns[1].max()) + 1
    return Extent(int(runs[inside].sum()), x0, int(top), x1 - x0, int(bottom) + 1 - int(top))


def _of_polygons(polygons: list[npt.NDArray[np.float64]]) -> Extent:
    points = np.concatenate(polygons)
    if not np.isfinite(points).all() or not len(points):
        raise ValueError("a number is not finite, or there is none")
    area = sum(abs(_twice_the_area(polygon)) / 2 for polygon in polygons)
    low, high = points.min(axis=0), points.max(axis=0)
    return Extent(float(area), float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))


def _twice_the_area(polygon: npt.NDArray[np.float64]) -> float:
    x, y = polygon.T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1))
