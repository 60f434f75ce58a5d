"""Outlines as DDTI has them: JSON with the points of an SVG drawing, inside the XML file of a case."""

from __future__ import annotations

import json
import math
from xml.etree import ElementTree

from ultrasam.corpus.reading.polygons import Ring
from ultrasam.corpus.sample import Unreadable
from ultrasam.corpus.source import SourceFile
from ultrasam.errors import InputError


def xml_root(file: SourceFile) -> ElementTree.Element:
    """The outermost element of an XML file.

    Raises:
        Unreadable: it is cut off, damaged, or something else.
    """
    try:
        return ElementTree.fromstring(file.read())
    except (ElementTree.ParseError, InputError, LookupError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise Unreadable(f"Expected a whole XML file in {file.path}, but it is cut off or damaged: {reason}") from error


def svg_rings(text: str) -> tuple[Ring, ...]:
    """The outlines in a text; one that is given twice is one outline.

    Raises:
        Unreadable: the text is cut off (some are, after 2,500 characters), damaged, or something else.

    Example:
        >>> svg_rings('[{"points": [{"x": 1, "y": 2}, {"x": 5, "y": 2}, {"x": 3, "y": 9}], "regionType": "freehand"}]')
        (((1.0, 2.0), (5.0, 2.0), (3.0, 9.0)),)
    """
    if not text.strip():
        return ()
    try:
        regions = [region["points"] for region in json.loads(text)]
        rings = [tuple((float(point["x"]), float(point["y"])) for point in points) for points in regions]
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable("Expected whole outlines, but their text is cut off or damaged.") from error
    if not all(math.isfinite(number) for ring in rings for point in ring for number in point):
        raise Unreadable("Expected whole outlines, but a coordinate is no number.")
    return tuple(dict.fromkeys(rings))
