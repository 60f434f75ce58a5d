"""From pixels and prompts to masks."""

from ultrasam.inference.segmentation import Segmentation
from ultrasam.inference.segmenter import Segmenter, load
from ultrasam.inference.session import Session

__all__ = ["Segmentation", "Segmenter", "Session", "load"]
