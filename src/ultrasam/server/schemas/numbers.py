"""The numbers and texts that all schemas are made of: finite, bounded, of one type."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints


def _ordered(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = box
    if not (x0 < x1 and y0 < y1):
        raise ValueError(f"Expected a box (x0, y0, x1, y1) with x0 < x1 and y0 < y1, but got {box}.")
    return box


#: A coordinate in original pixels, or any other number of modest size.
Number: TypeAlias = Annotated[float, Field(strict=True, ge=-1e6, le=1e6, allow_inf_nan=False)]
#: A count or an index.
Count: TypeAlias = Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)]
#: Millimetres per pixel: from a tenth of a micrometre, finer than any ultrasound, to ten centimetres.
Spacing: TypeAlias = Annotated[float, Field(strict=True, ge=1e-4, le=100, allow_inf_nan=False)]
#: ``(x, y)`` in millimetres per pixel.
SpacingXY: TypeAlias = tuple[Spacing, Spacing]
#: ``(x, y)`` in original pixels.
PointXY: TypeAlias = tuple[Number, Number]
#: ``(x0, y0, x1, y1)`` in original pixels, the second corner exclusive.
BoxXYXY: TypeAlias = Annotated[tuple[Number, Number, Number, Number], AfterValidator(_ordered)]
#: A UUID as browsers and Python write it.
Uuid: TypeAlias = Annotated[
    str, StringConstraints(pattern="^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
]
#: ``#rrggbb``.
Colour: TypeAlias = Annotated[str, StringConstraints(pattern="^#[0-9a-fA-F]{6}$")]
