"""The three parts of a data set."""

from __future__ import annotations

from collections.abc import Iterable

from ultrasam.corpus.coco.splits import PARTS

__all__ = ["PARTS", "strictest"]


def strictest(parts: Iterable[str | None]) -> str | None:
    """The part among these that may be seen least; None where none of the three is among them."""
    return max((part for part in parts if part in PARTS), key=PARTS.index, default=None)
