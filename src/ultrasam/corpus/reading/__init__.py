"""Readers that converters are made of: pictures, label masks, outlines, volumes, videos, tables."""

from ultrasam.corpus.reading.headers import volume_size
from ultrasam.corpus.reading.label_masks import LabelMask
from ultrasam.corpus.reading.legend import Legend
from ultrasam.corpus.reading.optional_tables import optional_rows
from ultrasam.corpus.reading.pairs import by_key, pairs, stem
from ultrasam.corpus.reading.pictures import LabelPicture, PictureFile
from ultrasam.corpus.reading.polygons import Outline, PolygonMask, Ring
from ultrasam.corpus.reading.stacks import ImageStack, LabelPlane, LabelStack, Plane
from ultrasam.corpus.reading.tables import csv_rows, xlsx_rows
from ultrasam.corpus.reading.volume_samples import volume_samples

__all__ = [
    "ImageStack",
    "LabelMask",
    "LabelPicture",
    "LabelPlane",
    "LabelStack",
    "Legend",
    "Outline",
    "PictureFile",
    "Plane",
    "PolygonMask",
    "Ring",
    "by_key",
    "csv_rows",
    "optional_rows",
    "pairs",
    "stem",
    "volume_samples",
    "volume_size",
    "xlsx_rows",
]
