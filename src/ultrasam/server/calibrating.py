"""What millimetres rest on: what the user said of an image, else what its file says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ultrasam.imaging.image import NOT_CALIBRATED, Region, calibration_of

if TYPE_CHECKING:
    from typing_extensions import Self

    from ultrasam.server.library import FileFacts
    from ultrasam.types import SpacingXY


@dataclass(frozen=True)
class Calibration:
    """The scale of one image.

    Attributes:
        regions: parts of the image with their spacing.
        words: what holds in the image, in words a user can check.
        doubt: why it may be wrong, or None.
    """

    regions: tuple[Region, ...]
    words: str
    doubt: str | None = None

    @classmethod
    def of(cls, facts: FileFacts, spacing_mm: SpacingXY | None) -> Self:
        """The scale of a file.

        Args:
            facts: what the file says.
            spacing_mm: ``(x, y)`` mm per pixel that the user gave; it holds for the whole image, and replaces what
                the file says. None where none was given.
        """
        if spacing_mm is None:
            return cls(facts.regions, facts.calibration, facts.details.get("calibration"))
        regions = (Region.given(facts.size_hw, spacing_mm),)
        return cls(regions, calibration_of(regions))

    def told(self, spacing_mm: SpacingXY | None) -> str:
        """In words, what the millimetres of something with this spacing rest on, and whether to doubt them."""
        if spacing_mm is None:
            elsewhere = f" where it lies; elsewhere {self.words}" if self.words != NOT_CALIBRATED else ""
            return f"{NOT_CALIBRATED}{elsewhere}"
        return f"{self.words}; {self.doubt}" if self.doubt else self.words
