"""Annotated data sets: COCO folders, read with everything that cannot be used said by name."""

from ultrasam.corpus.coco.finding import find_coco
from ultrasam.corpus.coco.folder import CocoFolder
from ultrasam.corpus.coco.image import CocoImage
from ultrasam.corpus.coco.instances import Instance
from ultrasam.corpus.coco.skipped import Skipped
from ultrasam.corpus.coco.splits import NoSuchSplitError

__all__ = ["CocoFolder", "CocoImage", "Instance", "NoSuchSplitError", "Skipped", "find_coco"]
