"""Objects that are given as outlines in coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ultrasam.corpus.polygons import polygons_to_mask
from ultrasam.corpus.sample import Annotated, Annotations, Remark
from ultrasam.corpus.source import SourceFile

#: Points ``(x, y)`` of a closed outline, in order.
Ring: TypeAlias = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Outline:
    """One object.

    Attributes:
        category: name of its class.
        rings: its pieces; a pixel inside any of them is inside.
    """

    category: str
    rings: tuple[Ring, ...]


@dataclass(frozen=True)
class PolygonMask:
    """Objects by their outlines.

    Attributes:
        file: where the coordinates stand.
        outlines: in pixels of the image.
        offset: what is added to x and y, so that (0, 0) is the corner of the first pixel: 0.5 where whole numbers mean
            pixel centres, as in files of tools that draw on pixels.
    """

    file: SourceFile
    outlines: tuple[Outline, ...]
    offset: float = 0.5

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The file of the coordinates."""
        return (self.file,)

    def read(self, size_hw: tuple[int, int]) -> Annotations:
        """Fill the outlines; what is outside the image is cut off."""
        objects, remarks = [], []
        height, width = size_hw
        for outline in self.outlines:
            rings = [ring for ring in outline.rings if len(ring) >= 3]
            if len(rings) < len(outline.rings):
                remarks.append(Remark("outline of fewer than three points, left out", outline.category))
            if not rings:
                continue
            if any(not (-1 <= x <= width and -1 <= y <= height) for ring in rings for x, y in ring):
                remarks.append(Remark("outline that reaches out of the image, cut off", outline.category))
            flat = [[number + self.offset for point in ring for number in point] for ring in rings]
            objects.append(Annotated(outline.category, polygons_to_mask(flat, size_hw)))
        return Annotations(tuple(objects), tuple(remarks))
