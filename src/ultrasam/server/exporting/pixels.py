"""What of a picture may be shown: its crop, without what was blacked out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ultrasam.errors import InputError
from ultrasam.imaging import Region, spacing_for
from ultrasam.imaging.png import encode_png
from ultrasam.server.exporting.drawn import Drawn

if TYPE_CHECKING:
    from typing_extensions import Self

    from ultrasam.types import BoxXYXY, Mask, Pixels, SpacingXY


@dataclass(frozen=True)
class Cut:
    """Crop and redactions of an image in whole pixels, the same for all of its frames.

    Attributes:
        box: ``(x1, y1, x2, y2)`` of the original image, the second corner exclusive.
        redactions: boxes of the original image that become black.
    """

    box: tuple[int, int, int, int]
    redactions: tuple[tuple[int, int, int, int], ...] = ()

    @classmethod
    def of(cls, drawn: Drawn, size_hw: tuple[int, int]) -> Self:
        """Round so that nothing shows that was to be hidden: the crop inwards, redactions outwards.

        Raises:
            InputError: the crop leaves no pixel.
        """
        height, width = size_hw
        x1, y1, x2, y2 = drawn.crop or (0, 0, width, height)
        box = (max(math.ceil(x1), 0), max(math.ceil(y1), 0), min(math.floor(x2), width), min(math.floor(y2), height))
        if box[0] >= box[2] or box[1] >= box[3]:
            raise InputError(f"Expected a crop with at least one pixel of {width} x {height}, but got {drawn.crop}.")
        return cls(box, tuple(_outwards(redaction) for redaction in drawn.redactions))

    @property
    def size_hw(self) -> tuple[int, int]:
        """Height and width of what is shown, in pixels."""
        x1, y1, x2, y2 = self.box
        return y2 - y1, x2 - x1

    def pixels(self, pixels: Pixels) -> Pixels:
        """What is shown of a frame ``(H, W)`` or ``(H, W, 3)``; the frame itself stays as it is."""
        if self.redactions:
            pixels = pixels.copy()
            for x1, y1, x2, y2 in self.redactions:
                pixels[y1:y2, x1:x2] = 0
        x1, y1, x2, y2 = self.box
        return pixels[y1:y2, x1:x2]

    def mask(self, mask: Mask) -> Mask:
        """What is shown of a mask ``(H, W)``. A redaction hides the picture, not where a structure lies."""
        x1, y1, x2, y2 = self.box
        return mask[y1:y2, x1:x2]

    def spacing_mm(self, regions: tuple[Region, ...]) -> SpacingXY | None:
        """The spacing that all calibrated regions agree on of which something is shown."""
        shown = tuple(region for region in regions if _meet(region.box_xyxy, self.box))
        return spacing_for(np.zeros((1, 1), np.bool_), shown)


def png_of(pixels: Pixels | npt.NDArray[np.uint16]) -> bytes:
    """A PNG for the archive of ``(H, W)`` grey or ``(H, W, 3)`` RGB uint8, or of ``(H, W)`` uint16 numbers."""
    return encode_png(pixels, compress_level=4)


def _outwards(box: BoxXYXY) -> tuple[int, int, int, int]:
    x1, y1, x2, y2 = box
    return max(math.floor(x1), 0), max(math.floor(y1), 0), max(math.ceil(x2), 0), max(math.ceil(y2), 0)


def _meet(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
