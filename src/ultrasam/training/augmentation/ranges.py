"""Pairs of numbers in a recipe, between which a value is drawn."""

from __future__ import annotations

from typing import TypeAlias

from pydantic import AfterValidator

#: Smallest and largest value, drawn uniformly between them.
Range: TypeAlias = tuple[float, float]
#: Smallest and largest number, both may be drawn.
Counts: TypeAlias = tuple[int, int]


def within(lowest: float, highest: float) -> AfterValidator:
    """Bounds for both numbers of a pair, to annotate the field with: ``Annotated[Range, bounds]``."""

    def check(pair: tuple[float, float]) -> tuple[float, float]:
        low, high = pair
        if not lowest <= low <= high <= highest:
            raise ValueError(f"Expected [low, high] with {lowest:g} <= low <= high <= {highest:g}, but got {pair}.")
        return pair

    return AfterValidator(check)
