"""Which augmentations a run uses, and how strong each is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ultrasam.training.augmentation.affine import Affine
from ultrasam.training.augmentation.augmentation import Augmentation
from ultrasam.training.augmentation.degradation import Jpeg, Resampling
from ultrasam.training.augmentation.depth_crop import DepthCrop
from ultrasam.training.augmentation.fan import Fan
from ultrasam.training.augmentation.flips import HorizontalFlip, VerticalFlip
from ultrasam.training.augmentation.gain import Gain, TimeGain
from ultrasam.training.augmentation.grey_map import GreyMap
from ultrasam.training.augmentation.overlays import Overlays
from ultrasam.training.augmentation.shadow import Shadow
from ultrasam.training.augmentation.speckle import Speckle
from ultrasam.training.settings import Settings

if TYPE_CHECKING:
    from typing_extensions import Self


class AugmentationSettings(Settings):
    """All augmentations, in the order in which they are applied; a probability of 0 switches one off.

    The order is that of the image's way: the body and the probe, the echoes, the machine's controls, the display with
    what is written on it, the exported file.

    Example:
        >>> settings = AugmentationSettings.model_validate({"speckle": {"probability": 0.5, "strength": [0.05, 0.1]}})
        >>> settings.speckle.strength
        (0.05, 0.1)
    """

    horizontal_flip: HorizontalFlip = HorizontalFlip()
    vertical_flip: VerticalFlip = VerticalFlip()
    fan: Fan = Fan()
    affine: Affine = Affine()
    depth_crop: DepthCrop = DepthCrop()
    speckle: Speckle = Speckle()
    shadow: Shadow = Shadow()
    time_gain: TimeGain = TimeGain()
    gain: Gain = Gain()
    grey_map: GreyMap = GreyMap()
    overlays: Overlays = Overlays()
    resampling: Resampling = Resampling()
    jpeg: Jpeg = Jpeg()

    @classmethod
    def nothing(cls) -> Self:
        """Samples stay as they are."""
        return cls.model_validate({name: {"probability": 0} for name in cls.model_fields})

    @classmethod
    def published(cls) -> Self:
        """What UltraSam (Meyer et al. 2025) was trained with: every second image mirrored, nothing else."""
        return cls.nothing().model_copy(update={"horizontal_flip": HorizontalFlip(probability=0.5)})

    def in_order(self) -> Iterator[Augmentation]:
        """The augmentations as they are applied."""
        return (getattr(self, name) for name in type(self).model_fields)
