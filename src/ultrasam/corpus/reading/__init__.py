"""Readers that converters are made of: pictures, label masks, outlines, volumes, videos, tables."""

from ultrasam.corpus.reading.blended_colours import BlendedMask
from ultrasam.corpus.reading.channel_volumes import channel_samples
from ultrasam.corpus.reading.coco_polygons import PolygonImage, coco_polygons
from ultrasam.corpus.reading.first_readable import FirstReadable
from ultrasam.corpus.reading.hdf5 import Hdf5Stack, hdf5_columns
from ultrasam.corpus.reading.headers import avi_length, picture_size, volume_size
from ultrasam.corpus.reading.label_masks import LabelMask
from ultrasam.corpus.reading.label_me import LabelMeMask
from ultrasam.corpus.reading.legend import Legend
from ultrasam.corpus.reading.npy_stacks import NpyImageStack, NpyStack, npy_shape
from ultrasam.corpus.reading.numbers_by_name import numbers_by_name
from ultrasam.corpus.reading.optional_tables import optional_rows
from ultrasam.corpus.reading.outlines import OutlineMask
from ultrasam.corpus.reading.pairs import by_key, pairs, pairs_by_ending, stem
from ultrasam.corpus.reading.pickled_arrays import load_pickled
from ultrasam.corpus.reading.pickled_masks import PickledMasks
from ultrasam.corpus.reading.pictures import LabelPicture, PictureFile
from ultrasam.corpus.reading.polygons import Outline, PolygonMask, Ring
from ultrasam.corpus.reading.shared_outlines import SharedOutlines
from ultrasam.corpus.reading.stacks import ImageStack, LabelPlane, LabelStack, Plane
from ultrasam.corpus.reading.tables import csv_rows, xlsx_rows
from ultrasam.corpus.reading.tracings import Tracing, rows_of_videos, tracings
from ultrasam.corpus.reading.turned_masks import TurnedMask
from ultrasam.corpus.reading.volume_samples import volume_samples

__all__ = [
    "BlendedMask",
    "FirstReadable",
    "Hdf5Stack",
    "ImageStack",
    "LabelMask",
    "LabelMeMask",
    "LabelPicture",
    "LabelPlane",
    "LabelStack",
    "Legend",
    "NpyImageStack",
    "NpyStack",
    "Outline",
    "OutlineMask",
    "PickledMasks",
    "PictureFile",
    "Plane",
    "PolygonImage",
    "PolygonMask",
    "Ring",
    "SharedOutlines",
    "Tracing",
    "TurnedMask",
    "avi_length",
    "by_key",
    "channel_samples",
    "coco_polygons",
    "csv_rows",
    "hdf5_columns",
    "load_pickled",
    "npy_shape",
    "numbers_by_name",
    "optional_rows",
    "pairs",
    "pairs_by_ending",
    "picture_size",
    "rows_of_videos",
    "stem",
    "tracings",
    "volume_samples",
    "volume_size",
    "xlsx_rows",
]
