"""One picture of a data set's numbers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from ultrasam.corpus.statistics.results import SHARE_EDGES, ClassCounts, Statistics
from ultrasam.corpus.statistics.style import (
    BLUE,
    INK,
    SERIES,
    colour_of_split,
    figure,
    percent,
    thousands,
    write_png,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Classes that have a bar or a line of their own.
_MOST_BARS, _MOST_LINES = 24, 6
#: Numbers of objects that have a bar of their own.
_MOST_OBJECTS = 12


def write_plots(statistics: Statistics, path: str | os.PathLike[str]) -> None:
    """Draw classes, sizes, places, objects per image and image sizes of a data set into one PNG.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    bars = min(len(statistics.classes), _MOST_BARS)
    with figure(13, 6.6 + 0.16 * max(bars - 10, 0)) as drawn:
        total = statistics.total
        drawn.suptitle(
            f"{statistics.name}: {total.images:,} images, {total.instances:,} objects"
            + (f", {total.patients:,} patients" if total.patients else ""),
            x=0.01,
            ha="left",
            fontsize=13,
        )
        axes = drawn.subplots(2, 3, height_ratios=[1 + 0.05 * max(bars - 10, 0), 1])
        panels = (_classes, _shares, _places, _splits, _objects_per_image, _image_sizes)
        for place, panel in zip(axes.flat, panels, strict=True):
            panel(place, statistics)
        if len(statistics.splits) > 1:
            drawn.legend(*axes[0, 0].get_legend_handles_labels(), loc="upper right", ncols=len(statistics.splits))
        write_png(drawn, path)


def _classes(axes: Axes, statistics: Statistics) -> None:
    classes = _most_frequent(statistics, _MOST_BARS)
    left = np.zeros(len(classes))
    for part in statistics.splits:
        numbers = [entry.by_split[part.name] for entry in classes]
        axes.barh(range(len(classes)), numbers, left=left, color=colour_of_split(part.name), label=part.name)
        left += numbers
    more = len(statistics.classes) - len(classes)
    axes.set_yticks(range(len(classes)), [_short(entry.name) for entry in classes])
    axes.set_ylim(len(classes) - 0.4, -0.6)
    axes.grid(False, axis="y")
    axes.locator_params(axis="x", nbins=5)
    axes.xaxis.set_major_formatter(thousands)
    axes.set_title("Objects per class" + (f" ({more} more classes)" if more else ""))


def _shares(axes: Axes, statistics: Statistics) -> None:
    classes = [entry for entry in _most_frequent(statistics, _MOST_LINES) if entry.instances]
    for entry, colour in zip(classes, SERIES, strict=False):
        shares = np.array(entry.share_histogram) / entry.instances
        axes.stairs(shares, SHARE_EDGES, color=colour, label=_short(entry.name), linewidth=1.8)
    used = [place for entry in classes for place, objects in enumerate(entry.share_histogram) if objects]
    axes.set_xscale("log")
    axes.set_xlim(SHARE_EDGES[max(min(used, default=0) - 1, 0)], 1)
    axes.xaxis.set_major_formatter(percent)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(percent)
    axes.set_title("Size: share of the image's area (of each class)")
    if len(classes) > 1:
        axes.legend(loc="best", fontsize=8)


def _places(axes: Axes, statistics: Statistics) -> None:
    picture = axes.imshow(statistics.box_map, extent=(0, 1, 1, 0), cmap="cividis", vmin=0, aspect=_aspect(statistics))
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(False)
    bar = axes.figure.colorbar(picture, ax=axes, format=percent)
    bar.outline.set_visible(False)
    axes.set_title("Where: share of boxes over a place")


def _splits(axes: Axes, statistics: Statistics) -> None:
    parts = statistics.splits
    full = [part.images - part.empty for part in parts]
    colours = [colour_of_split(part.name) for part in parts]
    axes.bar(range(len(parts)), full, color=colours, width=0.6)
    axes.bar(range(len(parts)), [part.empty for part in parts], bottom=full, color=colours, alpha=0.35, width=0.6)
    axes.set_xticks(range(len(parts)), [f"{part.name}\n{part.images:,}" for part in parts])
    axes.set_xlim(-0.8, max(len(parts), 2) - 0.2)
    _count_axis(axes, max((part.images for part in parts), default=0))
    axes.set_title("Images per split" + (" (pale: without objects)" if statistics.total.empty else ""))


def _objects_per_image(axes: Axes, statistics: Statistics) -> None:
    numbers = statistics.objects_per_image
    most = max(numbers, default=0)
    bars = [numbers.get(objects, 0) for objects in range(min(most, _MOST_OBJECTS) + 1)]
    bars[-1] += sum(images for objects, images in numbers.items() if objects > _MOST_OBJECTS)
    axes.bar(range(len(bars)), bars, color=BLUE, width=0.7)
    names = [str(objects) for objects in range(len(bars))]
    names[-1] += "+" if most > _MOST_OBJECTS else ""
    axes.set_xticks(range(len(bars)), names)
    axes.set_xlim(-0.8, max(len(bars), 4) - 0.2)
    _count_axis(axes, max(bars))
    axes.set_title("Images by their number of objects")


def _image_sizes(axes: Axes, statistics: Statistics) -> None:
    sizes = np.array(statistics.sizes_wh).reshape(-1, 3)
    share = sizes[:, 2] / max(statistics.total.images, 1)
    axes.scatter(sizes[:, 0], sizes[:, 1], s=12 + 500 * share, color=BLUE, alpha=0.45, linewidths=0)
    side = 1.08 * max(sizes[:, :2].max(initial=1), 1)
    axes.plot([0, side], [0, side], color=INK, linewidth=0.6, alpha=0.5)
    axes.set_xlim(0, side)
    axes.set_ylim(0, side)
    axes.set_xlabel("width in pixels")
    axes.set_ylabel("height in pixels")
    axes.set_title("Image sizes (area: number of images)")


def _count_axis(axes: Axes, most: int) -> None:
    axes.set_ylim(0, 1.06 * max(most, 1))
    axes.yaxis.set_major_formatter(thousands)
    axes.grid(False, axis="x")


def _aspect(statistics: Statistics) -> float:
    """Height by width of most images, so that the map has their shape."""
    width, height, _ = statistics.sizes_wh[0] if statistics.sizes_wh else (1, 1, 0)
    return min(max(height / width, 0.4), 2.0)


def _most_frequent(statistics: Statistics, most: int) -> list[ClassCounts]:
    return sorted(statistics.classes, key=lambda entry: -entry.instances)[:most]


def _short(name: str) -> str:
    return name if len(name) <= 28 else f"{name[:27]}…"
