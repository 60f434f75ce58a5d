"""Ultrasound as another machine, another setting or another hand would have shown it; masks go with the pixels."""

from ultrasam.training.augmentation.applying import augment
from ultrasam.training.augmentation.augmentation import Augmentation
from ultrasam.training.augmentation.settings import AugmentationSettings

__all__ = ["Augmentation", "AugmentationSettings", "augment"]
