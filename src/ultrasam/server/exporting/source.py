"""One image of the project with all that its exports need, but without pixels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ultrasam.errors import UltraSamError
from ultrasam.imaging import spacing_for
from ultrasam.server.calibrating import Calibration
from ultrasam.server.exporting.drawn import Drawn, Outline
from ultrasam.server.exporting.pixels import Cut
from ultrasam.server.library import FileFacts, Library
from ultrasam.server.project import Annotation, ImageRow
from ultrasam.types import Mask, SpacingXY


class Unusable(UltraSamError):  # noqa: N818
    """Why something is left out."""


@dataclass(frozen=True, eq=False)
class Source:
    """An image that can be read, as far as it was opened.

    Attributes:
        row: what the project knows of it.
        stem: what its files in the archive are called after.
        path: its file.
        facts: what opening it told.
        drawn: objects and distances.
        cut: what of it is shown.
        calibration: what its millimetres rest on.
    """

    row: ImageRow
    stem: str
    path: Path
    facts: FileFacts
    drawn: Drawn
    cut: Cut
    calibration: Calibration

    @classmethod
    def of(cls, annotation: Annotation, stem: str, library: Library) -> Source:
        """Open an image.

        Raises:
            UltraSamError: its file is missing or cannot be read, or its crop leaves nothing.
        """
        row = annotation.image
        path = library.path_of(row.stored or row.name, row.is_upload)
        facts = library.facts(path)
        drawn = Drawn.of(annotation.items)
        calibration = Calibration.of(facts, drawn.spacing_mm)
        return cls(row, stem, path, facts, drawn, Cut.of(drawn, facts.size_hw), calibration)

    @property
    def frames(self) -> list[int]:
        """Frames to export: those with objects, or the first of an image that is done and has none."""
        return self.drawn.frames or ([0] if self.row.state == "done" else [])

    @property
    def is_cine(self) -> bool:
        """Whether its file has several frames."""
        return self.facts.frames > 1

    def mask_of(self, outline: Outline) -> Mask:
        """The mask ``(H, W)`` of an object in the original image.

        Raises:
            Unusable: there is none that fits the file, or nothing of it is shown.
        """
        if outline.rle is None:
            raise Unusable("It has no mask yet.")
        self.check_frame(outline.frame)
        if tuple(outline.rle["size"]) != self.facts.size_hw:
            sizes = "its mask has {1} x {0} pixels, but its file now has {3} x {2}".format(
                *outline.rle["size"], *self.facts.size_hw
            )
            raise Unusable(f"The file was replaced: {sizes}.")
        mask = outline.mask()
        if not mask.any():
            raise Unusable("Its mask is empty.")
        if not self.cut.mask(mask).any():
            raise Unusable("It lies outside the crop.")
        return mask

    def check_frame(self, frame: int) -> None:
        """Refuse a frame that the file does not have.

        Raises:
            Unusable: it was drawn when the file was longer.
        """
        if frame >= self.facts.frames:
            raise Unusable(f"The file was replaced: it now has {self.facts.frames} frame(s).")

    def spacing_mm(self, mask: Mask) -> SpacingXY | None:
        """The spacing where a mask ``(H, W)`` of the original image lies."""
        return spacing_for(mask, self.calibration.regions)

    @property
    def entry(self) -> dict[str, Any]:
        """What ``project.json`` says of it."""
        height, width = self.facts.size_hw
        cut = self.cut.box != (0, 0, width, height)
        return {
            "image": self.row.name,
            "name": self.stem,
            "state": self.row.state,
            "revision": self.row.revision,
            "frames": self.facts.frames,
            "size_hw": list(self.facts.size_hw),
            "crop_xyxy": list(self.cut.box) if cut else None,
            "redactions": len(self.cut.redactions),
            "given_spacing_mm": None if self.drawn.spacing_mm is None else list(self.drawn.spacing_mm),
        }
