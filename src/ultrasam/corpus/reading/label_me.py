"""Outlines drawn with LabelMe: one JSON file per image."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ultrasam.corpus.reading.polygons import Outline, PolygonMask, Ring
from ultrasam.corpus.sample import Annotations, Remark, Unreadable
from ultrasam.corpus.source import SourceFile
from ultrasam.errors import InputError

_UNKNOWN = "label that is not on the card, left out"
_NO_POLYGON = "shape that is no polygon, left out"


@dataclass(frozen=True)
class LabelMeMask:
    """Objects of a LabelMe file: one per polygon, or per group of polygons where the file groups them.

    Attributes:
        file: JSON, in UTF-8 or, as LabelMe writes it on Chinese systems, in GBK.
        classes: ``(label, class)`` pairs, labels in lower case.
    """

    file: SourceFile
    classes: tuple[tuple[str, str], ...]

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The file."""
        return (self.file,)

    def read(self, size_hw: tuple[int, int]) -> Annotations:
        """Fill the polygons, each on its own, so that they may overlap. LabelMe counts from the first pixel's corner.

        Raises:
            Unreadable: the file is damaged or something else, or of an image of another size.
        """
        try:
            document = json.loads(_text(self.file.read()))
            outlines, remarks = self._outlines(document["shapes"])
            of_size_hw = _size_hw(document)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InputError) as error:
            reason = " ".join(str(error).split())
            raise Unreadable(
                f"Expected a LabelMe file in {self.file.path}, but it is damaged or something else: {reason}"
            ) from error
        found = PolygonMask(self.file, outlines, offset=0.0, of_size_hw=of_size_hw).read(size_hw)
        return Annotations(found.objects, (*remarks, *found.remarks))

    def _outlines(self, shapes: list[dict[str, Any]]) -> tuple[tuple[Outline, ...], list[Remark]]:
        classes = dict(self.classes)
        rings: defaultdict[tuple[str, Any], list[Ring]] = defaultdict(list)
        left_out: Counter[tuple[str, str]] = Counter()
        for number, shape in enumerate(shapes):
            label, kind = str(shape["label"]).strip(), shape.get("shape_type") or "polygon"
            if label.lower() not in classes:
                left_out[_UNKNOWN, label] += 1
            elif kind != "polygon":
                left_out[_NO_POLYGON, f"{label}: {kind}"] += 1
            else:
                group = shape.get("group_id")
                own = ("alone", number) if group is None else ("group", group)
                rings[classes[label.lower()], own].append(_ring(shape["points"]))
        remarks = [Remark(*which, is_loss=True) for which in left_out.elements()]
        return tuple(Outline(category, tuple(parts)) for (category, _), parts in rings.items()), remarks


def _text(content: bytes) -> str:
    """Decode; the second byte of a Chinese character in GBK may be a backslash, so that guessing would break JSON."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    # Labels are plain letters: what cannot be decoded is in names of files.
    return content.decode("utf-8", "replace")


def _ring(points: list[list[float]]) -> Ring:
    ring = tuple((float(x), float(y)) for x, y in points)
    if not all(math.isfinite(number) for point in ring for number in point):
        raise ValueError("a coordinate is no number")
    return ring


def _size_hw(document: Mapping[str, Any]) -> tuple[int, int] | None:
    """Of the image, where the file says it."""
    height, width = document.get("imageHeight"), document.get("imageWidth")
    return (int(height), int(width)) if height and width else None
