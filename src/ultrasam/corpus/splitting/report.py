"""What a split has become, in numbers and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ultrasam.corpus.splitting.parts import PARTS


@dataclass(frozen=True)
class SplitReport:
    """A split.

    Attributes:
        seed: of the parts that were made.
        unit: what was never cut: ``"patient"``, ``"sequence"``, ``"patient or sequence"`` or ``"image"``.
        official: parts that the data set comes with; they are as they were.
        asked: share of the images that was asked for, of each part that was made beside the training part.
        images: how many each part has.
        groups: how many patients (or whatever ``unit`` says) each part has images of.
        cut_groups: how many of them the official split has on both sides.
        left_out: file names of their images on the side that may be seen more; these are in no part.
        missing: classes that a part lacks, although another part has them.
    """

    seed: int
    unit: str
    official: tuple[str, ...]
    asked: Mapping[str, float]
    images: Mapping[str, int]
    groups: Mapping[str, int]
    cut_groups: int
    left_out: tuple[str, ...]
    missing: Mapping[str, tuple[str, ...]]

    @property
    def reached(self) -> dict[str, float]:
        """The share of the images that each part has, of those that are in one."""
        total = sum(self.images.values())
        return {part: count / total if total else 0.0 for part, count in self.images.items()}

    @property
    def text(self) -> str:
        """How the split was made, in one line, for ``dataset.json``."""
        parts = []
        if self.official:
            parts.append(f"official {' and '.join(self.official)}")
        if self.asked:
            shares = ", ".join(f"{part} {share:.3g}" for part, share in self.asked.items())
            parts.append(f"{' and '.join(self.asked)} made by {self.unit} (asked: {shares}; seed {self.seed})")
        reached = ", ".join(f"{part} {share:.3f}" for part, share in self.reached.items() if share)
        parts.append(f"reached: {reached}" if reached else "no image")
        if self.left_out:
            parts.append(f"images in no part: {len(self.left_out)}, as {self._cut}")
        return "; ".join(parts)

    @property
    def _cut(self) -> str:
        kind = "duplicates" if self.unit == "image" else f"one {self.unit}, or duplicates,"
        return f"{kind} are on both sides of the official split (groups: {self.cut_groups})"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a user of the split should know."""
        found = [
            f"No {', '.join(names)} in the part {part}."
            for part, names in self.missing.items()
            if names and self.images[part]
        ]
        if self.left_out:
            found.append(
                f"Images in no part: {len(self.left_out)}, as {self._cut}; those on the stricter side stay in theirs."
            )
        # Nothing to learn from: an external test set, or every patient is in the official test part.
        if not self.images[PARTS[0]]:
            found.append("The training part is empty.")
        return tuple(found)

    def as_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return {**asdict(self), "reached": self.reached, "text": self.text, "warnings": list(self.warnings)}
