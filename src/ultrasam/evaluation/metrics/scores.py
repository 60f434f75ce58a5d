"""All scores of one mask."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from ultrasam.errors import InputError
from ultrasam.evaluation.metrics.boundary import band_width, banded_iou
from ultrasam.evaluation.metrics.overlap import area_error, dice, iou
from ultrasam.evaluation.metrics.surface import SurfaceDistances
from ultrasam.imaging.tight_box import tight_box
from ultrasam.types import Mask, SpacingXY


@dataclass(frozen=True)
class Tolerances:
    """How far an outline may be off: of the normalised surface Dice."""

    px: float = 2.0
    mm: float = 1.0


@dataclass(frozen=True)
class Metric:
    """What reports say of a metric."""

    name: str
    title: str
    unit: str
    higher_is_better: bool | None
    digits: int
    definition: str


@dataclass(frozen=True)
class Scores:
    """Of one mask against the truth."""

    dice: float
    iou: float
    boundary_iou: float
    hd95_px: float
    assd_px: float
    nsd_px: float
    area_error: float
    hd95_mm: float | None
    assd_mm: float | None
    nsd_mm: float | None
    empty: bool

    def as_dict(self) -> dict[str, float | bool | None]:
        """By name."""
        return asdict(self)


METRICS: dict[str, Metric] = {
    name: Metric(name, name, "", True, 3, "")
    for name in ("dice", "iou", "boundary_iou", "hd95_px", "assd_px", "nsd_px", "area_error", "hd95_mm", "assd_mm", "nsd_mm")
}


def score_mask(
    predicted: Mask, truth: Mask, *, spacing_mm: SpacingXY | None = None, tolerances: Tolerances = Tolerances()
) -> Scores:
    """All scores."""
    if predicted.shape != truth.shape:
        raise InputError(f"Expected two masks of one size, but got {predicted.shape} and {truth.shape}.")
    diagonal_px = float(np.hypot(*predicted.shape))
    px = SurfaceDistances.between(predicted, truth)
    mm = None if spacing_mm is None else SurfaceDistances.between(predicted, truth, spacing_mm)
    return Scores(
        dice(predicted, truth), iou(predicted, truth), banded_iou(predicted, truth, band_width(predicted.shape)),
        px.hd95, px.assd, px.normalised_dice(tolerances.px), area_error(predicted, truth),
        None if mm is None else mm.hd95, None if mm is None else mm.assd,
        None if mm is None else mm.normalised_dice(tolerances.mm), not predicted.any(),
    )
