"""Measurements of objects and lengths of rulers as CSV."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from ultrasam.imaging import Region
from ultrasam.imaging.image import spacing_of_smallest
from ultrasam.measure import Measurements
from ultrasam.server.exporting.drawn import Distance
from ultrasam.server.exporting.zip_file import GrowingText
from ultrasam.types import SpacingXY

OBJECT_COLUMNS = (
    *("image", "frame", "object", "track", "label", "origin", "score"),
    *Measurements(area_px=0, components=0).to_dict(),
    "calibration",
)
DISTANCE_COLUMNS = (
    *("image", "frame", "ruler", "from_x_px", "from_y_px", "to_x_px", "to_y_px"),
    *("length_px", "length_mm", "spacing_x_mm", "spacing_y_mm", "calibration"),
)
#: A cell that begins with one of these runs as a formula in spreadsheets.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class Table:
    """A CSV file that grows row by row.

    Args:
        columns: names of all of them.
        folder: for what does not fit in memory; None for the system's.
    """

    def __init__(self, columns: Sequence[str], folder: Path | None) -> None:
        self._text = GrowingText(folder)
        self._rows = csv.DictWriter(self._text, columns, lineterminator="\n")
        self._rows.writeheader()

    def add(self, row: Mapping[str, Any]) -> None:
        """Append a row; None becomes an empty cell."""
        self._rows.writerow({name: _cell(value) for name, value in row.items()})

    def write(self, target: IO[bytes]) -> None:
        """Write the whole table as UTF-8."""
        self._text.copy_to(target)

    def close(self) -> None:
        """Forget it."""
        self._text.close()


def distance_row(distance: Distance, spacing_mm: SpacingXY | None) -> dict[str, Any]:
    """The length of a ruler in pixels, and in mm where its spacing is known."""
    (x1, y1), (x2, y2) = distance.from_xy, distance.to_xy
    spacing_x, spacing_y = spacing_mm or (None, None)
    return {
        "frame": distance.frame,
        "ruler": distance.number,
        "from_x_px": x1,
        "from_y_px": y1,
        "to_x_px": x2,
        "to_y_px": y2,
        "length_px": math.hypot(x2 - x1, y2 - y1),
        "length_mm": None if spacing_mm is None else math.hypot((x2 - x1) * spacing_mm[0], (y2 - y1) * spacing_mm[1]),
        "spacing_x_mm": spacing_x,
        "spacing_y_mm": spacing_y,
    }


def spacing_along(distance: Distance, regions: tuple[Region, ...]) -> SpacingXY | None:
    """The spacing of the region that holds both ends; of several the smallest counts, as it is the most specific."""
    ends = (distance.from_xy, distance.to_xy)
    return spacing_of_smallest([region for region in regions if all(_holds(region, x, y) for x, y in ends)])


def _holds(region: Region, x: float, y: float) -> bool:
    x1, y1, x2, y2 = region.box_xyxy
    return x1 <= x <= x2 and y1 <= y <= y2


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        # Six digits are finer than any pixel.
        return f"{value:.6g}"
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
