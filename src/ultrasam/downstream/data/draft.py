"""What the readers of the layouts give: everything that a data set says, before parts and checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ultrasam.corpus import Instance, Skipped
from ultrasam.types import SpacingXY


@dataclass(frozen=True, eq=False, slots=True)
class Entry:
    """An image as its data set has it.

    Attributes:
        name: its path relative to the data's folder, ``/``-separated; unique.
        path: the file.
        patient: as the data set has it.
        sequence: the video or volume that it is out of.
        split: as the data set has it, whatever that is.
        size_hw: where it is known before the file is opened.
        instances: its objects.
        labels: names of its classes; None for all but classification, and where nobody has said.
        values: regression's numbers.
        spacing_mm: ``(x, y)`` mm per pixel.
    """

    name: str
    path: Path
    patient: str | None = None
    sequence: str | None = None
    split: str | None = None
    size_hw: tuple[int, int] | None = None
    instances: tuple[Instance, ...] = ()
    labels: tuple[str, ...] | None = None
    values: tuple[float, ...] | None = None
    spacing_mm: SpacingXY | None = None


@dataclass(frozen=True, eq=False)
class Draft:
    """A data set as its reader found it.

    Attributes:
        name: of the data set.
        entries: its images.
        classes: names in the data set's order; of regression, the targets.
        several: whether an image may have any number of classes.
        notes: what is not used and need not be, with reasons.
        unusable: what should have been used and cannot be.
        facts: ``dataset.json``.
        ties: names of images that may not be in two parts, in pairs.
    """

    name: str
    entries: tuple[Entry, ...]
    classes: tuple[str, ...]
    several: bool = False
    notes: tuple[Skipped, ...] = ()
    unusable: tuple[Skipped, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    ties: tuple[tuple[str, str], ...] = ()
