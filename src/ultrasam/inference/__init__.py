"""From pixels and prompts to masks, and to classes."""

from ultrasam.inference.automatic import AutomaticSegmenter
from ultrasam.inference.classification import Classification
from ultrasam.inference.classifier import Classifier
from ultrasam.inference.loading import load
from ultrasam.inference.segmentation import Segmentation
from ultrasam.inference.segmenter import Segmenter
from ultrasam.inference.session import Session

__all__ = ["AutomaticSegmenter", "Classification", "Classifier", "Segmentation", "Segmenter", "Session", "load"]
