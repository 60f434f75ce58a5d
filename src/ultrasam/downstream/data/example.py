"""Images with what a network shall learn to say about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ultrasam.corpus import Instance, Skipped
from ultrasam.types import SpacingXY


@dataclass(frozen=True, eq=False, slots=True)
class Example:
    """One image and what is known about it.

    Attributes:
        name: its path relative to the data's folder, ``/``-separated: for messages and tables.
        path: the file; of several frames the first one counts.
        patient: whose image it is. Where only its video is known, that video; None where neither is.
        split: ``"train"``, ``"val"`` or ``"test"``.
        size_hw: height and width in pixels.
        instances: its objects, each with the name of its class as ``category``. Classification has them, too, where
            the data have masks.
        labels: classification: the numbers of its classes in :attr:`ExampleSet.classes`, ascending; exactly one,
            unless an image may have several.
        values: regression: one number per target.
        spacing_mm: ``(x, y)`` mm per pixel where a COCO file says so; the file itself may know it, too.
    """

    name: str
    path: Path
    patient: str | None
    split: str | None
    size_hw: tuple[int, int]
    instances: tuple[Instance, ...] = ()
    labels: tuple[int, ...] | None = None
    values: tuple[float, ...] | None = None
    spacing_mm: SpacingXY | None = None


@dataclass(frozen=True, eq=False)
class ExampleSet:
    """All that a run trains on, is validated on and is tested on.

    Attributes:
        name: of the data set.
        classes: names of the classes, or of regression's targets.
        several: classification: whether an image may have any number of classes.
        examples: in the order of their names; each is in one part.
        left_out: what is not used, and what should be known about the rest, with reasons.
        facts: ``dataset.json`` (licence, …), empty where there is none.
        sha256: of names, patients, parts, classes, labels, values and masks.
        split_report: where the parts come from, in one sentence.
    """

    name: str
    classes: tuple[str, ...]
    several: bool
    examples: tuple[Example, ...]
    left_out: tuple[Skipped, ...]
    facts: dict[str, Any] = field(default_factory=dict)
    sha256: str = ""
    split_report: str = ""

    def part(self, name: str) -> tuple[Example, ...]:
        """The examples of ``"train"``, ``"val"`` or ``"test"``."""
        return tuple(example for example in self.examples if example.split == name)
