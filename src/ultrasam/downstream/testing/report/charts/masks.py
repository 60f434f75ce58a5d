"""How Dice is distributed, class by class."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ultrasam.corpus.statistics.style import BLUE
from ultrasam.downstream.metrics.semantic import image_dice
from ultrasam.downstream.testing.report.charts.axes import short_name
from ultrasam.downstream.testing.tested import Tested
from ultrasam.evaluation.report.charts.panel import INK, Canvas, Chart, ChartGroup, dice_axis, panels
from ultrasam.evaluation.report.wording import count

_ROW_HEIGHT, _AXIS_HEIGHT = 24, 34


def dice_by_class(tested: Tested) -> ChartGroup:
    """A box plot per class that is there: of the images, or of the objects of an instance segmentation."""
    values = class_dice(tested)
    names = [name for name, found in values.items() if len(found)]
    charts: tuple[Chart, ...] = ()
    if names:
        with panels():
            total = sum(len(values[name]) for name in names)
            words = "objects" if tested.kind == "instance" else "images with the class"
            charts = (Chart(f"{count(total)} {words}", _panel([values[name] for name in names], names)),)
    note = "Box: the middle half, with the median; whiskers: from the 5th to the 95th percentile."
    return ChartGroup("Dice by class", note, (), charts)


def class_dice(tested: Tested) -> dict[str, npt.NDArray[np.float64]]:
    """Dice of each class: of the images where it is or is found, or of each object with its partner."""
    if tested.kind == "instance":
        found = tested.found()
        return {name: np.concatenate([image[i].dice for image in found]) for i, name in enumerate(tested.classes)}
    dice = image_dice(tested.counts())
    return {name: column[~np.isnan(column)] for name, column in zip(tested.classes, dice.T, strict=True)}


def _panel(values: list[npt.NDArray[np.float64]], names: list[str]) -> str:
    canvas = Canvas(300, _AXIS_HEIGHT + _ROW_HEIGHT * len(names))
    axes = canvas.axes
    quantiles = [np.percentile(found, (5, 25, 50, 75, 95)).tolist() for found in values]
    boxes = [dict(zip(("whislo", "q1", "med", "q3", "whishi"), found, strict=True)) for found in quantiles]
    axes.bxp(
        boxes,
        positions=range(len(names)),
        widths=0.62,
        orientation="horizontal",
        showfliers=False,
        patch_artist=True,
        boxprops={"linewidth": 0, "facecolor": BLUE},
        medianprops={"color": INK, "linewidth": 1.6},
        whiskerprops={"color": BLUE, "linewidth": 1.6},
        capprops={"linewidth": 0},
    )
    dice_axis(axes, horizontal=True)
    axes.set_yticks(range(len(names)), [short_name(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)
    return canvas.svg("dice", "Box plots of Dice by class")
