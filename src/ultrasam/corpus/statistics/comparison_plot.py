"""One picture of several data sets side by side."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ultrasam.corpus.statistics.results import Quantiles, Statistics
from ultrasam.corpus.statistics.style import BLUE, INK, SKY, colour_of_split, figure, percent, thousands, write_png

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def write_comparison(several: Sequence[Statistics], path: str | os.PathLike[str]) -> None:
    """Draw images and objects, splits, sizes of objects and objects per image, a row per data set, into one PNG.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    rows = range(len(several))
    with figure(14, 1.4 + 0.3 * len(several)) as drawn:
        counts, splits, sizes, objects = drawn.subplots(1, 4, sharey=True)
        counts.barh([row - 0.2 for row in rows], [s.total.images for s in several], 0.38, color=BLUE, label="images")
        counts.barh([row + 0.2 for row in rows], [s.total.instances for s in several], 0.38, color=SKY, label="objects")
        # The linear part below 10 has room for the empty set.
        counts.set_xscale("symlog", linthresh=10)
        counts.set_xlim(left=0)
        counts.xaxis.set_major_formatter(thousands)
        counts.xaxis.set_minor_formatter("")
        counts.set_title("Images and objects")
        counts.legend(loc="upper left", bbox_to_anchor=(0, -0.06), ncols=2)
        _draw_splits(splits, several)
        _draw_sizes(sizes, several)
        _draw_objects(objects, several)
        counts.set_yticks(rows, [statistics.name for statistics in several])
        counts.set_ylim(len(several) - 0.4, -0.6)
        for axes in (counts, splits, sizes, objects):
            axes.grid(False, axis="y")
        write_png(drawn, path)


def _draw_splits(axes: Axes, several: Sequence[Statistics]) -> None:
    named: set[str] = set()
    for row, statistics in enumerate(several):
        left = 0.0
        for part in statistics.splits:
            share = part.images / statistics.total.images
            # A label that begins with an underscore is in no legend: each split is named once.
            label = f"_{part.name}" if part.name in named else part.name
            axes.barh(row, share, 0.6, left=left, color=colour_of_split(part.name), label=label)
            named.add(part.name)
            left += share
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(percent)
    axes.set_title("Images per split")
    if named:
        axes.legend(loc="upper left", bbox_to_anchor=(0, -0.06), ncols=len(named))


def _draw_sizes(axes: Axes, several: Sequence[Statistics]) -> None:
    _draw_boxes(axes, {row: s.area_share for row, s in enumerate(several) if s.area_share is not None})
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(percent)
    axes.xaxis.set_minor_formatter("")
    axes.set_title("Objects' share of the image")


def _draw_objects(axes: Axes, several: Sequence[Statistics]) -> None:
    for row, statistics in enumerate(several):
        for objects, images in statistics.objects_per_image.items():
            axes.scatter(
                objects, row, s=4 + 220 * images / statistics.total.images, color=BLUE, alpha=0.7, linewidths=0
            )
    axes.set_xlim(left=0)
    axes.locator_params(axis="x", integer=True)
    axes.set_title("Objects per image")


def _draw_boxes(axes: Axes, spreads: Mapping[int, Quantiles]) -> None:
    """The middle half with the median; whiskers from the 5th to the 95th percentile."""
    if not spreads:
        return
    boxes = [{"whislo": q.p5, "q1": q.p25, "med": q.p50, "q3": q.p75, "whishi": q.p95} for q in spreads.values()]
    axes.bxp(
        boxes,
        positions=list(spreads),
        widths=0.6,
        orientation="horizontal",
        showfliers=False,
        patch_artist=True,
        boxprops={"linewidth": 0, "facecolor": SKY},
        medianprops={"color": INK, "linewidth": 1.6},
        whiskerprops={"color": SKY, "linewidth": 1.6},
        capprops={"linewidth": 0},
    )
