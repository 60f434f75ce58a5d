"""Annotated data sets: the catalogue, conversion, COCO folders, and what is done with them."""

from ultrasam.corpus.coco.finding import find_coco
from ultrasam.corpus.coco.folder import CocoFolder
from ultrasam.corpus.coco.image import CocoImage
from ultrasam.corpus.coco.instances import Instance
from ultrasam.corpus.coco.skipped import Skipped
from ultrasam.corpus.coco.splits import NoSuchSplitError

__all__ = ["CocoFolder", "CocoImage", "Instance", "NoSuchSplitError", "Skipped", "find_coco"]
