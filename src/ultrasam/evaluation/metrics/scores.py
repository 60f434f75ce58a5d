"""All scores of one mask against the true one, and what reports say of each."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from ultrasam.errors import InputError
from ultrasam.evaluation.metrics.boundary import band, band_width
from ultrasam.evaluation.metrics.overlap import area_error, dice, iou
from ultrasam.evaluation.metrics.surface import SurfaceDistances, surface_xy
from ultrasam.imaging.tight_box import tight_box
from ultrasam.types import Mask, SpacingXY, check_mask


@dataclass(frozen=True)
class Tolerances:
    """How far an outline may be off and still be right, for the normalised surface Dice.

    Attributes:
        px: in pixels.
        mm: in millimetres, where the image is calibrated.

    Raises:
        InputError: a tolerance is negative or no number.
    """

    px: float = 2.0
    mm: float = 1.0

    def __post_init__(self) -> None:
        for unit, value in (("px", self.px), ("mm", self.mm)):
            if not 0 <= value < np.inf:
                raise InputError(f"Expected a tolerance of 0 {unit} or more, but got {value}.")


@dataclass(frozen=True)
class Scores:
    """How one mask compares with the true one; :data:`METRICS` says what each number means.

    All are finite unless the truth is empty: then ``area_error`` of a prediction that is not is infinite.

    Attributes:
        dice: 0 to 1.
        iou: 0 to 1.
        boundary_iou: 0 to 1.
        hd95_px: 0 to the image's diagonal.
        assd_px: 0 to the image's diagonal.
        nsd_px: 0 to 1.
        area_error: -1 upwards.
        hd95_mm: 0 to the image's diagonal; None where the image is not calibrated.
        assd_mm: the same.
        nsd_mm: 0 to 1; None where the image is not calibrated.
        empty: the prediction has no pixel.
    """

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
        """Name to value, in the order above."""
        return asdict(self)


def score_mask(
    predicted: Mask,
    truth: Mask,
    *,
    spacing_mm: SpacingXY | None = None,
    tolerances: Tolerances = Tolerances(),
) -> Scores:
    """Compare a mask with the true one.

    Args:
        predicted: ``(H, W)`` bool; may be empty.
        truth: the same size.
        spacing_mm: ``(x, y)`` millimetres per pixel; None where the image is not calibrated.
        tolerances: of the normalised surface Dice.

    Raises:
        InputError: a mask is no bool array of two dimensions, the two differ in size, or a spacing is no positive
            number.
    """
    check_mask(predicted, "predicted")
    check_mask(truth, "truth")
    if predicted.shape != truth.shape:
        raise InputError(f"Expected two masks of one size, but got {predicted.shape} and {truth.shape}.")
    size_hw = predicted.shape
    # What lies outside the box of both is outside both: no score changes, and most of the image is left alone.
    x0, y0, x1, y1 = tight_box(predicted | truth) or (0, 0, 0, 0)
    predicted, truth = predicted[y0:y1, x0:x1], truth[y0:y1, x0:x1]
    surfaces = surface_xy(predicted), surface_xy(truth)
    px = SurfaceDistances.between_points(*surfaces, size_hw)
    mm: SurfaceDistances | None = None
    if spacing_mm is not None:
        square = spacing_mm[0] == spacing_mm[1]
        mm = px.scaled(spacing_mm[0]) if square else SurfaceDistances.between_points(*surfaces, size_hw, spacing_mm)
    width = band_width(size_hw)
    return Scores(
        dice=dice(predicted, truth),
        iou=iou(predicted, truth),
        boundary_iou=iou(band(predicted, width), band(truth, width)),
        hd95_px=px.hd95,
        assd_px=px.assd,
        nsd_px=px.normalised_dice(tolerances.px),
        area_error=area_error(predicted, truth),
        hd95_mm=None if mm is None else mm.hd95,
        assd_mm=None if mm is None else mm.assd,
        nsd_mm=None if mm is None else mm.normalised_dice(tolerances.mm),
        empty=not len(surfaces[0]),
    )


@dataclass(frozen=True)
class Metric:
    """What reports say of a metric.

    Attributes:
        name: the attribute of :class:`Scores`.
        title: for the head of a table, without the unit.
        unit: ``"px"``, ``"mm"`` or, of a pure number, ``""``.
        higher_is_better: None where neither is.
        digits: decimals worth showing.
        definition: one line without a full stop.
    """

    name: str
    title: str
    unit: str
    higher_is_better: bool | None
    digits: int
    definition: str


_DIAGONAL = "the image's diagonal where one mask is empty"
_HD95 = f"the larger of the two directed 95th percentiles of the distances between the outlines; {_DIAGONAL}"
_ASSD = f"mean distance between the outlines, over the pixels of both; {_DIAGONAL}"
_NSD = "normalised surface Dice: share of the pixels of both outlines that lie within the tolerance of the other, in"

#: All numbers of :class:`Scores` by name, in the order of reports.
METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("dice", "Dice", "", True, 3, "twice the common pixels over the sum of both areas"),
        Metric("iou", "IoU", "", True, 3, "common pixels over the pixels of either mask"),
        Metric(
            "boundary_iou",
            "boundary IoU",
            "",
            True,
            3,
            "IoU of the bands inside both outlines, 2 % of the image's diagonal wide (Cheng et al. 2021)",
        ),
        Metric("hd95_px", "HD95", "px", False, 1, _HD95),
        Metric("assd_px", "ASSD", "px", False, 2, _ASSD),
        Metric("nsd_px", "NSD (px)", "", True, 3, f"{_NSD} pixels"),
        Metric("area_error", "area error", "", None, 3, "(predicted - true) / true area"),
        Metric("hd95_mm", "HD95", "mm", False, 2, _HD95),
        Metric("assd_mm", "ASSD", "mm", False, 2, _ASSD),
        Metric("nsd_mm", "NSD (mm)", "", True, 3, f"{_NSD} millimetres"),
    )
}

#: What a network says of its own answer, and what it could have answered.
_OF_NETWORK: dict[str, Metric] = {
    "predicted_iou": Metric(
        name="predicted_iou",
        title="predicted IoU",
        unit="",
        higher_is_better=None,
        digits=3,
        definition="the IoU that the network predicts for its own answer",
    ),
    "oracle_dice": Metric(
        name="oracle_dice",
        title="oracle Dice",
        unit="",
        higher_is_better=True,
        digits=3,
        definition="Dice of the best of the three masks that the network offers, chosen with the truth in sight",
    ),
}

#: All that is averaged over objects, by name, in the order of reports.
AVERAGED: dict[str, Metric] = {**METRICS, **_OF_NETWORK}
