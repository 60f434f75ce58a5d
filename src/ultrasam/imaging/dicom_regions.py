"""Where a DICOM file says how large things are: ultrasound regions, or one spacing for the whole image.

Ultrasound files carry a physical scale per rectangle (PS3.3 C.8.5.5), as one picture may show tissue, a
spectrum and graphics side by side. Only without any such rectangle counts PixelSpacing (0028,0030), which
ultrasound images need not have: the distance in the patient between the centres of neighbouring pixels, first
between rows (y), then between columns (x). ImagerPixelSpacing and NominalScannedPixelSpacing are distances on
a detector or a scanned film, not in the patient, and never count.
"""

from __future__ import annotations

import logging
import math
from typing import Any

from pydicom import Dataset

from ultrasam.imaging.image import Region
from ultrasam.types import SpacingXY

_log = logging.getLogger(__name__)

_MM_PER_CM = 10.0
#: Code of the only unit of PhysicalUnitsXDirection and -YDirection that is a length (PS3.3 C.8.5.5.1.15).
_CENTIMETRES = 3

#: RegionSpatialFormat (PS3.3 C.8.5.5.1.1) other than 2D, which says less than the data type.
_KIND_OF_FORMAT = {2: "m-mode", 3: "spectral", 4: "graphics", 5: "graphics"}
#: RegionDataType (PS3.3 C.8.5.5.1.2): 5 to 12 and 16 to 18 are drawn traces, 13 and 14 grey and colour bars.
_KIND_OF_DATA = {
    1: "tissue",
    2: "color flow",
    3: "spectral",
    4: "spectral",
    **dict.fromkeys((*range(5, 15), *range(16, 19)), "graphics"),
}


def read_regions(header: Dataset, size_hw: tuple[int, int], name: str) -> tuple[Region, ...]:
    """Regions in the file's order, clipped to the image; empty where the file has no calibration.

    ``name`` is the file's, for the log.

    Regions that are malformed or outside the image are left out, saying so in the log. Where there are regions but
    none with lengths, nothing is made up from other elements.
    """
    items = header.get("SequenceOfUltrasoundRegions") or ()
    if not items:
        return _whole_image(header, size_hw, name)
    regions = []
    for number, item in enumerate(items, start=1):
        try:
            regions.append(_region(item, size_hw))
        except (TypeError, ValueError) as error:
            _log.warning("%s: ultrasound region %d of %d is left out: %s.", name, number, len(items), error)
    return tuple(regions)


def reach_beyond(header: Dataset, size_hw: tuple[int, int]) -> bool:
    """Whether a region reaches beyond the image, by more than the pixel by which some scanners count too far.

    The image was then cropped or resized after its calibration; if resized, its spacing is wrong.
    """
    height, width = size_hw
    for item in header.get("SequenceOfUltrasoundRegions") or ():
        try:
            if _number(item, "RegionLocationMaxX1") > width or _number(item, "RegionLocationMaxY1") > height:
                return True
        except ValueError:
            continue
    return False


def _region(item: Dataset, size_hw: tuple[int, int]) -> Region:
    height, width = size_hw
    x0, y0, x1, y1 = (int(_number(item, f"RegionLocation{corner}")) for corner in ("MinX0", "MinY0", "MaxX1", "MaxY1"))
    if x1 < x0 or y1 < y0:
        raise ValueError(f"it goes from ({x0}, {y0}) to ({x1}, {y1})")
    # DICOM's last column and row belong to the region.
    box = (max(x0, 0), max(y0, 0), min(x1 + 1, width), min(y1 + 1, height))
    if box[0] >= box[2] or box[1] >= box[3]:
        raise ValueError("it lies outside the image")
    spacing = _spacing(item)
    source = None if spacing is None else "SequenceOfUltrasoundRegions"
    return Region(box, spacing, _kind(item), source)


def _kind(item: Dataset) -> str:
    spatial_format, data_type = item.get("RegionSpatialFormat"), item.get("RegionDataType")
    return _KIND_OF_FORMAT.get(spatial_format) or _KIND_OF_DATA.get(data_type, "unknown")


def _spacing(item: Dataset) -> SpacingXY | None:
    """Millimetres per pixel, or None unless both axes are lengths; a delta's sign is only its direction."""
    if any(item.get(f"PhysicalUnits{axis}Direction") != _CENTIMETRES for axis in "XY"):
        return None
    x, y = (abs(_number(item, f"PhysicalDelta{axis}")) * _MM_PER_CM for axis in "XY")
    return (x, y) if x > 0 and y > 0 else None


def _whole_image(header: Dataset, size_hw: tuple[int, int], name: str) -> tuple[Region, ...]:
    try:
        value = header.get("PixelSpacing") or _pixel_measures(header)
        if not value:
            return ()
        y, x = (float(number) for number in value)
    except (TypeError, ValueError):
        _log.warning("%s: PixelSpacing is malformed and not used.", name)
        return ()
    if not (0 < x < math.inf and 0 < y < math.inf):
        return ()
    height, width = size_hw
    return (Region((0, 0, width, height), (x, y), "unknown", "PixelSpacing"),)


def _pixel_measures(header: Dataset) -> Any:
    """PixelSpacing of an enhanced multi-frame object, where one holds for all frames (PS3.3 C.7.6.16.2.1)."""
    groups = header.get("SharedFunctionalGroupsSequence")
    measures = groups[0].get("PixelMeasuresSequence") if groups else None
    return measures[0].get("PixelSpacing") if measures else None


def _number(item: Dataset, keyword: str) -> float:
    value = item.get(keyword)
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{keyword} is missing or no finite number")
    return float(value)
