"""Pixels need not be square: how a picture is stretched so that one sees its true shape."""

from __future__ import annotations

from ultrasam.imaging.image import Region

#: Sides that differ by less are equal, and so are ratios: headers round.
_TOLERANCE = 1.01
#: Beams that were not scan-converted have the longest pixels: 0.3 mm between them, and 0.02 mm between samples at
#: 40 MHz, are a ratio of 16. Beyond this one a header is wrong, and would make a thread of the picture.
_LARGEST = 20.0


def stretch_of(regions: tuple[Region, ...]) -> tuple[float, float]:
    """How long the sides of a pixel are, ``(x, y)``, in terms of the shorter one, so that one of both is 1.

    As the calibrated regions say; ``(1, 1)`` where they disagree, as then no one shape is true. The page has the same
    rule (``web/src/model/stretch.ts``) for what its user says of the scale.
    """
    ratios = [region.spacing_mm[0] / region.spacing_mm[1] for region in regions if region.spacing_mm is not None]
    ratio = ratios[0] if ratios else 1.0
    is_agreed = all(_factor_between(ratio, other) <= _TOLERANCE for other in ratios)
    longer = _factor_between(ratio, 1.0)
    if not is_agreed or not _TOLERANCE < longer <= _LARGEST:
        return 1.0, 1.0
    return (longer, 1.0) if ratio > 1 else (1.0, longer)


def _factor_between(one: float, other: float) -> float:
    return max(one / other, other / one)
