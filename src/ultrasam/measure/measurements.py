"""What is measured of a mask, in pixels and in millimetres."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ultrasam.errors import InputError
from ultrasam.measure.contour import Contour
from ultrasam.measure.diameters import convex_hull, longest_diameter, shortest_diameter
from ultrasam.measure.ellipse import Ellipse
from ultrasam.measure.runs import Runs
from ultrasam.types import Mask, SpacingXY


@dataclass(frozen=True)
class Measurements:
    """Measures of one mask: of all of its pixels, however many components they form.

    An empty mask has an area and a number of components of 0, and None for the rest. What ends in ``_mm`` or
    ``_mm2`` is None where the image is not calibrated; it is measured in millimetre coordinates, so that it
    is right for pixels that are not square.

    Attributes:
        area_px: number of pixels, holes left out.
        perimeter_px: length of the smoothed sub-pixel contour, holes included
            (:meth:`ultrasam.measure.contour.Contour.length`).
        longest_diameter_px: largest distance between two points of the convex hull (maximum Feret diameter).
        shortest_diameter_px: smallest distance between two parallel lines that enclose the convex hull.
        ellipse: the ellipse with the same centroid and second moments.
        centroid_xy: mean of the pixels, where the first pixel of the image is ``(0, 0)`` (as in a prompt).
        components: number of 8-connected components.
        spacing_mm: ``(x, y)`` millimetres per pixel, or None.
        area_mm2: the area in mm².
        perimeter_mm: the perimeter in mm.
        longest_diameter_mm: the longest diameter in mm.
        shortest_diameter_mm: the shortest diameter in mm.
        ellipse_mm: the ellipse in mm; the circumference of a fetal head's is the head circumference.
    """

    area_px: int
    components: int
    spacing_mm: SpacingXY | None = None
    area_mm2: float | None = None
    centroid_xy: tuple[float, float] | None = None
    perimeter_px: float | None = None
    longest_diameter_px: float | None = None
    shortest_diameter_px: float | None = None
    ellipse: Ellipse | None = None
    perimeter_mm: float | None = None
    longest_diameter_mm: float | None = None
    shortest_diameter_mm: float | None = None
    ellipse_mm: Ellipse | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give a flat, JSON-ready dictionary, with the unit in each name and None for what is not known."""
        centroid_x, centroid_y = self.centroid_xy or (None, None)
        spacing_x, spacing_y = self.spacing_mm or (None, None)
        px, mm = self.ellipse, self.ellipse_mm
        return {
            "area_px": self.area_px,
            "perimeter_px": self.perimeter_px,
            "longest_diameter_px": self.longest_diameter_px,
            "shortest_diameter_px": self.shortest_diameter_px,
            "ellipse_major_axis_px": px and px.major_axis,
            "ellipse_minor_axis_px": px and px.minor_axis,
            "ellipse_circumference_px": px and px.circumference,
            "ellipse_angle_deg": px and px.angle_deg,
            "centroid_x_px": centroid_x,
            "centroid_y_px": centroid_y,
            "components": self.components,
            "area_mm2": self.area_mm2,
            "perimeter_mm": self.perimeter_mm,
            "longest_diameter_mm": self.longest_diameter_mm,
            "shortest_diameter_mm": self.shortest_diameter_mm,
            "ellipse_major_axis_mm": mm and mm.major_axis,
            "ellipse_minor_axis_mm": mm and mm.minor_axis,
            "ellipse_circumference_mm": mm and mm.circumference,
            "spacing_x_mm": spacing_x,
            "spacing_y_mm": spacing_y,
        }


def measure(mask: Mask, spacing_mm: SpacingXY | None = None) -> Measurements:
    """Measure a mask.

    Args:
        mask: ``(H, W)`` bool, True inside the structure.
        spacing_mm: ``(x, y)`` millimetres per pixel; None where the image is not calibrated.

    Raises:
        InputError: the mask is not a bool array of two dimensions, or a spacing is not a positive number.

    Example:
        >>> import numpy as np
        >>> mask = np.zeros((480, 640), bool)
        >>> mask[100:200, 300:350] = True
        >>> lesion = measure(mask, spacing_mm=(0.2, 0.1))
        >>> lesion.area_px, lesion.area_mm2
        (5000, 100.0)
        >>> lesion.centroid_xy
        (324.5, 149.5)
        >>> lesion.shortest_diameter_px, lesion.shortest_diameter_mm
        (50.0, 10.0)
    """
    _check(mask, spacing_mm)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return Measurements(0, 0, spacing_mm, None if spacing_mm is None else 0.0)

    top, left = rows[0], columns[0]
    cropped = mask[top : rows[-1] + 1, left : columns[-1] + 1]
    runs, contour = Runs.of(cropped), Contour.of(cropped)
    hull = convex_hull(runs)
    centroid, covariance = runs.moments()
    centroid += (left, top)
    measured = Measurements(
        area_px=runs.area,
        components=runs.count_components(),
        centroid_xy=(float(centroid[0]), float(centroid[1])),
        perimeter_px=contour.length(),
        longest_diameter_px=longest_diameter(hull),
        shortest_diameter_px=shortest_diameter(hull),
        ellipse=Ellipse.of_moments(centroid, covariance),
    )
    if spacing_mm is None:
        return measured
    return replace(
        measured,
        spacing_mm=spacing_mm,
        area_mm2=runs.area * spacing_mm[0] * spacing_mm[1],
        perimeter_mm=contour.length(spacing_mm),
        longest_diameter_mm=longest_diameter(hull, spacing_mm),
        shortest_diameter_mm=shortest_diameter(hull, spacing_mm),
        ellipse_mm=Ellipse.of_moments(centroid * spacing_mm, covariance * np.outer(spacing_mm, spacing_mm)),
    )


def _check(mask: Mask, spacing_mm: SpacingXY | None) -> None:
    if not isinstance(mask, np.ndarray) or mask.ndim != 2 or mask.dtype != bool:
        came = f"{mask.shape} {mask.dtype}" if isinstance(mask, np.ndarray) else type(mask).__name__
        raise InputError(
            f"Expected a mask as a bool array (H, W), but got {came}: "
            "compare with a threshold first, for example mask > 0."
        )
    if spacing_mm is not None and not (len(spacing_mm) == 2 and all(math.isfinite(s) and s > 0 for s in spacing_mm)):
        raise InputError(
            f"Expected spacing_mm as two positive numbers (x, y) of millimetres per pixel, but got {spacing_mm}."
        )
