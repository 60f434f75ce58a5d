"""The box that a mask fills."""

from __future__ import annotations

import numpy as np

from ultrasam.types import Mask


def tight_box(mask: Mask) -> tuple[int, int, int, int] | None:
    """The smallest box ``(x0, y0, x1, y1)`` around a mask ``(H, W)``, x1 and y1 exclusive; None if it is empty."""
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    if not columns.size:
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
