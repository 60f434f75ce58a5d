"""Whether items fit the image that they are about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ultrasam.errors import InputError
from ultrasam.server.schemas.items import ImageItem, ObjectItem, Rle, RulerItem
from ultrasam.types import BoxXYXY


def check_inside(items: Iterable[ObjectItem | RulerItem | ImageItem], *, size_hw: tuple[int, int], frames: int) -> None:
    """Raise unless every coordinate, mask and frame number fits an image of ``frames`` frames of ``size_hw``.

    Raises:
        InputError: something lies outside, or a mask has another size.
    """
    height, width = size_hw
    for item in items:
        if not isinstance(item, ImageItem) and item.frame >= frames:
            raise InputError(f"Expected a frame from 0 to {frames - 1}, but got {item.frame}.")
        for x, y in _points(item):
            if not (0 <= x < width and 0 <= y < height):
                raise InputError(f"Expected every point inside {width} x {height} pixels, but got ({x:g}, {y:g}).")
        for x0, y0, x1, y1 in _boxes(item):
            if x0 < 0 or y0 < 0 or x1 > width or y1 > height:
                box = f"({x0:g}, {y0:g}, {x1:g}, {y1:g})"
                raise InputError(f"Expected every box and ruler inside {width} x {height} pixels, but got {box}.")
        for rle in _masks(item):
            check_mask_size(rle, size_hw)


def check_mask_size(rle: Rle, size_hw: tuple[int, int]) -> None:
    """Raise unless a mask has an image's size.

    Raises:
        InputError: it has another one.
    """
    if rle.size != size_hw:
        raise InputError(
            f"Expected masks of the image's size {size_hw[0]} x {size_hw[1]} (rows x columns), "
            f"but got {rle.size[0]} x {rle.size[1]}."
        )


def _points(item: ObjectItem | RulerItem | ImageItem) -> Iterator[tuple[float, float]]:
    if isinstance(item, ObjectItem):
        yield from ((point.x, point.y) for point in item.prompt.points)


def _boxes(item: ObjectItem | RulerItem | ImageItem) -> Iterator[BoxXYXY]:
    if isinstance(item, ObjectItem) and item.prompt.box_xyxy is not None:
        yield item.prompt.box_xyxy
    elif isinstance(item, RulerItem):
        # A ruler may end at the very edge.
        xs, ys = sorted((item.from_xy[0], item.to_xy[0])), sorted((item.from_xy[1], item.to_xy[1]))
        yield xs[0], ys[0], xs[1], ys[1]
    elif isinstance(item, ImageItem):
        yield from item.redactions
        if item.crop is not None:
            yield item.crop


def _masks(item: ObjectItem | RulerItem | ImageItem) -> Iterator[Rle]:
    if isinstance(item, ObjectItem):
        yield from (rle for rle in (item.mask, item.prompt.start) if rle is not None)
