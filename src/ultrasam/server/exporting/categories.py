"""Numbers and names of the project's labels, as COCO's categories and in label pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ultrasam.server.project import LabelRow

#: What an object without a label is, as in what ``ultrasam segment`` writes.
UNLABELLED = "structure"


class Categories:
    """All labels in the project's order from 1, used or not, so that a number means the same in every export.

    Objects without a label share the label ``"structure"`` where there is one, and otherwise have a category of that
    name after all others, which is there only where it is needed.

    Args:
        labels: all of the project.
    """

    def __init__(self, labels: Sequence[LabelRow]) -> None:
        self.entries: list[dict[str, Any]] = []
        self._numbers: dict[str | None, int] = {}
        self._names: dict[str | None, str] = {}
        for number, label in enumerate(labels, 1):
            self._numbers[label.id] = number
            self._names[label.id] = label.name
            self.entries.append({"id": number, "name": label.name, "color": label.colour})

    @property
    def largest(self) -> int:
        """The largest number that there can be."""
        return len(self._names) + 1

    def number(self, label_id: str | None) -> int:
        """The number of a label, or of objects that have none."""
        key = label_id if label_id in self._names else None
        if key not in self._numbers:
            same = [entry["id"] for entry in self.entries if entry["name"].casefold() == UNLABELLED]
            self._numbers[key] = same[0] if same else len(self.entries) + 1
            if not same:
                self.entries.append({"id": self._numbers[key], "name": UNLABELLED})
        return self._numbers[key]

    def name(self, label_id: str | None) -> str:
        """What the user calls a label; empty where there is none."""
        return self._names.get(label_id, "")
