"""The numbers of a data set, from its COCO file alone: no picture and no mask is decoded."""

from __future__ import annotations

import os

import numpy as np
import numpy.typing as npt

from ultrasam.corpus.coco.finding import data_set_name, find_one, read_facts
from ultrasam.corpus.coco.splits import in_usual_order
from ultrasam.corpus.statistics.columns import Columns, Floats, Ints, Names
from ultrasam.corpus.statistics.results import (
    NO_SPLIT,
    SHARE_EDGES,
    ClassCounts,
    PartCounts,
    Quantiles,
    Statistics,
)

_MAP_SIDE = 32
#: Boxes that are laid over each other at once.
_CHUNK = 100_000


def count(path: str | os.PathLike[str]) -> Statistics:
    """Count one data set.

    What an annotation says about its area and box is believed; where it says nothing, its segmentation is measured
    (see :func:`~ultrasam.corpus.statistics.extent.extent_of`). Images count whether their files are there or not.

    Args:
        path: a COCO file, or a folder with one.

    Raises:
        InputError: nothing is found, it is no COCO file, or ``path`` means several data sets.
    """
    found = find_one(path)
    return count_columns(data_set_name(found, read_facts(found)), Columns.read(found))


def count_columns(name: str, columns: Columns) -> Statistics:
    """Count what was read."""
    objects = np.bincount(columns.image, minlength=len(columns.sizes_wh))
    share = columns.area_px / columns.sizes_wh[columns.image].prod(axis=1)
    sizes, images = np.unique(columns.sizes_wh, axis=0, return_counts=True)
    most_first = np.lexsort((*sizes.T[::-1], -images))
    spacing = columns.spacing_mm[:, 0]
    is_known = ~np.isnan(spacing)
    return Statistics(
        name=name,
        total=_part("all", np.ones(len(objects), bool), objects, columns),
        splits=tuple(
            _part(split, rows, objects, columns) for split, rows in _splits(columns.split).items() if rows.any()
        ),
        classes=_classes(columns, share),
        area_share=Quantiles.of(share),
        objects_per_image=_histogram(objects),
        sizes_wh=tuple((int(sizes[i, 0]), int(sizes[i, 1]), int(images[i])) for i in most_first),
        spacing_mm=Quantiles.of(spacing[is_known]),
        spacing_images=int(is_known.sum()),
        labels=columns.labels,
        box_map=_box_map(columns),
        left_out=columns.left_out,
    )


def _splits(split: Names) -> dict[str, npt.NDArray[np.bool_]]:
    """Which images are in each split, in the usual order; those without one last."""
    places = {word: place for place, word in enumerate(split.words)}
    named = {word: split.index == places[word] for word in in_usual_order(split.words)}
    return {**named, NO_SPLIT: split.index < 0}


def _part(name: str, rows: npt.NDArray[np.bool_], objects: Ints, columns: Columns) -> PartCounts:
    of_part = objects[rows]
    return PartCounts(
        name=name,
        images=int(rows.sum()),
        empty=int((of_part == 0).sum()),
        instances=int(of_part.sum()),
        patients=_different(columns.patient.index[rows]),
        sequences=_different(columns.sequence.index[rows]),
    )


def _classes(columns: Columns, share: Floats) -> tuple[ClassCounts, ...]:
    order = np.argsort(columns.category.index, kind="stable")
    names = columns.category.words
    borders = np.searchsorted(columns.category.index[order], np.arange(len(names) + 1))
    splits = _splits(columns.split)
    classes = []
    for place, name in enumerate(names):
        rows = order[borders[place] : borders[place + 1]]
        images, objects = np.unique(columns.image[rows], return_counts=True)
        by_split = {split: int(objects[of_split[images]].sum()) for split, of_split in splits.items()}
        classes.append(
            ClassCounts(
                name=name,
                structure=columns.structure.get(name),
                instances=len(rows),
                images=len(images),
                patients=_different(columns.patient.index[images]),
                by_split={split: number for split, number in by_split.items() if splits[split].any()},
                area_px=Quantiles.of(columns.area_px[rows]),
                area_share=Quantiles.of(share[rows]),
                per_image=Quantiles.of(objects),
                share_histogram=share_histogram(share[rows]),
            )
        )
    return tuple(classes)


def share_histogram(share: Floats) -> tuple[int, ...]:
    """Objects in each bin of :data:`SHARE_EDGES`; what is smaller or larger than all bins is in the outer ones."""
    inside = np.clip(share, SHARE_EDGES[0], SHARE_EDGES[-1])
    return tuple(int(number) for number in np.histogram(inside, SHARE_EDGES)[0])


def _box_map(columns: Columns) -> tuple[tuple[float, ...], ...]:
    """The mean of all boxes, each drawn into a square that stands for its whole image."""
    total = np.zeros((_MAP_SIDE, _MAP_SIDE))
    for start in range(0, len(columns.image), _CHUNK):
        some = slice(start, start + _CHUNK)
        width, height = columns.sizes_wh[columns.image[some]].T
        x, y, box_width, box_height = columns.boxes_xywh[some].T
        # A box covers a cell by the product of what it covers of the cell's row and of its column.
        total += _cover(y / height, (y + box_height) / height).T @ _cover(x / width, (x + box_width) / width)
    mean = total / max(len(columns.image), 1)
    return tuple(tuple(round(float(value), 5) for value in row) for row in mean)


def _cover(low: Floats, high: Floats) -> Floats:
    """``(M, 32)``: how much of each cell of a line from 0 to 1 the intervals cover."""
    begins = low[:, None] * _MAP_SIDE - np.arange(_MAP_SIDE)
    ends = high[:, None] * _MAP_SIDE - np.arange(_MAP_SIDE)
    cover: Floats = np.maximum(np.minimum(ends, 1) - np.maximum(begins, 0), 0)
    return cover


def _histogram(numbers: Ints) -> dict[int, int]:
    values, counts = np.unique(numbers, return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


def _different(index: Ints) -> int:
    return len(np.unique(index[index >= 0]))
