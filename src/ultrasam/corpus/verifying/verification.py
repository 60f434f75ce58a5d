"""What was found about the integrity of a data set."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

#: What can be found, in the order in which it is told.
KINDS = {
    "unusable_image": "image entries that cannot be used",
    "unusable_annotation": "annotations that cannot be used",
    "unreadable_image": "images that cannot be decoded",
    "image_size": "images of another size than stated",
    "image_named_twice": "image files that two entries name",
    "mask": "masks that cannot be decoded, or are empty",
    "area": "areas that are not those of the masks",
    "bbox": "boxes that are not those of the masks",
    "duplicate_annotation": "objects that are annotated twice",
    "unknown_group": "images of a patient or sequence that makes no sense",
    "group_in_two_splits": "patients or sequences in several splits",
    "no_contrast": "images of one grey value",
    "class_missing_in_split": "classes without objects in a split",
    "unused_category": "categories without objects",
    "unnamed_files": "image files that no entry names",
    "facts": "numbers in dataset.json that are not those of the COCO file",
}
#: Those that need no repair, but should be known.
WARNINGS = frozenset(("no_contrast", "class_missing_in_split", "unused_category", "unnamed_files", "facts"))


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or strange.

    Attributes:
        kind: one of :data:`KINDS`.
        where: ``"image 17 (a.png)"``, ``"annotation 5 of image 17 (a.png)"``, ``"patient 12"``, …
        text: a sentence.
    """

    kind: str
    where: str
    text: str


@dataclass(frozen=True)
class Verification:
    """Of one data set.

    Attributes:
        name: of the data set.
        images: that were looked at; those that cannot be used are not among them.
        instances: that were looked at.
        problems: what must be repaired.
        warnings: what should be known.
    """

    name: str
    images: int
    instances: int
    problems: tuple[Finding, ...]
    warnings: tuple[Finding, ...]

    @property
    def is_sound(self) -> bool:
        """Whether there is no problem; there may be warnings."""
        return not self.problems

    def counts(self) -> dict[str, int]:
        """Kind to number of findings, of the kinds that there are."""
        found = Counter(finding.kind for finding in (*self.problems, *self.warnings))
        return {kind: found[kind] for kind in KINDS if kind in found}

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"is_sound": self.is_sound, "counts": self.counts(), **asdict(self)}
