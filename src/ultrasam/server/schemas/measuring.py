"""Masks in numbers."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from ultrasam.server.schemas.base import Wire
from ultrasam.server.schemas.items import Rle
from ultrasam.server.schemas.numbers import SpacingXY


class MeasureRequest(Wire):
    """Masks to measure.

    Attributes:
        masks: of the image's size.
        spacing_mm: ``(x, y)`` mm per pixel in the place of what the file says; None for that.
    """

    masks: Annotated[list[Rle], Field(max_length=1000)]
    spacing_mm: SpacingXY | None = None


class MeasuresOfMask(BaseModel):
    """All of :class:`ultrasam.Measurements`, with its names; null is what is not known or not calibrated."""

    area_px: int
    perimeter_px: float | None
    longest_diameter_px: float | None
    shortest_diameter_px: float | None
    ellipse_major_axis_px: float | None
    ellipse_minor_axis_px: float | None
    ellipse_circumference_px: float | None
    ellipse_angle_deg: float | None
    centroid_x_px: float | None
    centroid_y_px: float | None
    components: int
    area_mm2: float | None
    perimeter_mm: float | None
    longest_diameter_mm: float | None
    shortest_diameter_mm: float | None
    ellipse_major_axis_mm: float | None
    ellipse_minor_axis_mm: float | None
    ellipse_circumference_mm: float | None
    spacing_x_mm: float | None
    spacing_y_mm: float | None
    calibration: str


class MeasureAnswer(Wire):
    """Measures.

    Attributes:
        measurements: one entry for each mask, in their order.
    """

    measurements: list[MeasuresOfMask]
