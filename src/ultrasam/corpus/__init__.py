"""Annotated data sets: COCO folders, read with everything that cannot be used said by name."""

from ultrasam.corpus.coco_folder import CocoFolder
from ultrasam.corpus.coco_image import CocoImage
from ultrasam.corpus.finding import find_coco
from ultrasam.corpus.instances import Instance
from ultrasam.corpus.skipped import Skipped
from ultrasam.corpus.splits import NoSuchSplitError

__all__ = ["CocoFolder", "CocoImage", "Instance", "NoSuchSplitError", "Skipped", "find_coco"]
