"""Objects that are given as outlines in coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ultrasam.corpus.polygons import polygons_to_mask
from ultrasam.corpus.sample import Annotated, Annotations, Remark, Unreadable
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
        of_size_hw: height and width of the image that the coordinates are of, where the file says so.
    """

    file: SourceFile
    outlines: tuple[Outline, ...]
    offset: float = 0.5
    of_size_hw: tuple[int, int] | None = None

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The file of the coordinates."""
        return (self.file,)

    def read(self, size_hw: tuple[int, int]) -> Annotations:
        """Fill the outlines; what is outside the image is cut off.

        Raises:
            Unreadable: the coordinates are of an image of another size.
        """
        if self.of_size_hw is not None and self.of_size_hw != size_hw:
            raise Unreadable(
                f"Expected an image of {self.of_size_hw[0]} x {self.of_size_hw[1]} (rows x columns), as "
                f"{self.file.path} says, but it has {size_hw[0]} x {size_hw[1]}."
            )
        objects, remarks = [], []
        height, width = size_hw
        for outline in self.outlines:
            rings = [ring for ring in outline.rings if len(ring) >= 3]
            if len(rings) < len(outline.rings):
                remarks.append(Remark("outline of fewer than three points, left out", outline.category, is_loss=True))
            if not rings:
                continue
            if any(not (-1 <= x <= width and -1 <= y <= height) for ring in rings for x, y in ring):
                remarks.append(Remark("outline that reaches out of the image, cut off", outline.category))
            flat = [[number + self.offset for point in ring for number in point] for ring in rings]
            objects.append(Annotated(outline.category, polygons_to_mask(flat, size_hw)))
        return Annotations(tuple(objects), tuple(remarks))
