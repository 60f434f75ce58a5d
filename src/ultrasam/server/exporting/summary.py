"""What was exported and what was not, for the caller and for whoever opens the archive."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from ultrasam import __version__
from ultrasam.files import without_nan
from ultrasam.server.exporting.categories import Categories
from ultrasam.server.exporting.formats import ExportFormat


@dataclass(frozen=True)
class LeftOut:
    """What is missing in the archive.

    Attributes:
        image: its path in the project's folder.
        reason: why, in words.
        frame: 0-based; None where it is about the whole image.
        object: its number in its frame; None where it is about the whole frame.
    """

    image: str
    reason: str
    frame: int | None = None
    object: int | None = None


@dataclass
class ExportSummary:
    """Counts of what is in the archive, and all that is not.

    Attributes:
        images: files of which something was exported.
        frames: with objects, or looked at and empty.
        objects: with a mask.
        distances: rulers.
        left_out: images, frames and objects that are not there.
        entries: per image: path, name in the archive, revision, state, crop, number of redactions, given spacing.
    """

    images: int = 0
    frames: int = 0
    objects: int = 0
    distances: int = 0
    left_out: list[LeftOut] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)

    def to_json(
        self,
        *,
        at: datetime,
        formats: Collection[ExportFormat],
        states: Collection[str],
        model: dict[str, Any],
        categories: Categories,
    ) -> str:
        """The text of ``project.json``.

        Args:
            at: when it was exported.
            formats: that were chosen.
            states: of the images that were chosen.
            model: what is known about the weights: title, licence, hash.
            categories: what the numbers in masks and COCO mean.
        """
        counts = {"images": self.images, "frames": self.frames, "objects": self.objects, "distances": self.distances}
        document = {
            "ultrasam": __version__,
            "exported": at.isoformat(timespec="seconds"),
            "formats": [one.value for one in ExportFormat if one in formats],
            "states": sorted(states),
            "model": without_nan(model),
            "counts": {**counts, "left_out": len(self.left_out)},
            "categories": categories.entries,
            "images": self.entries,
            "left_out": [asdict(one) for one in self.left_out],
        }
        return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
