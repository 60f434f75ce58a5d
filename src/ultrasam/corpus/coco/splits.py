"""Which images belong to the split that was asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from ultrasam.errors import InputError

ALL = "all"
#: From the one that may be seen most to the one that may be seen least.
PARTS = ("train", "val", "test")


class NoSuchSplitError(InputError):
    """A data set has no image of the split that was asked for; over many sets, a caller may pass it by."""


def in_split(splits: Sequence[str | None], wanted: str, name: str) -> list[bool]:
    """For each image, whether it is in the split ``wanted``; ``"all"`` has every image, with and without a split.

    Args:
        splits: the split of each image, None where it names none.
        wanted: a split's name, or ``"all"``.
        name: of the data set.

    Raises:
        NoSuchSplitError: no image is in it; says which splits there are.
    """
    if wanted == ALL:
        return [True] * len(splits)
    counts = Counter(split for split in splits if split is not None)
    if wanted in counts:
        return [split == wanted for split in splits]
    if not counts:
        raise NoSuchSplitError(
            f"Expected images of {name} in the split {wanted!r}, but none of its {len(splits)} images names a split: "
            f"use --split {ALL}."
        )
    there = ", ".join(f"{split} ({counts[split]})" for split in in_usual_order(counts))
    raise NoSuchSplitError(f"Expected a split of {name} among {there}, or {ALL}, but got {wanted!r}.")


def in_usual_order(splits: Iterable[str]) -> list[str]:
    """Train, val, test, then others by name."""
    return sorted(splits, key=lambda s: (PARTS.index(s) if s in PARTS else len(PARTS), s))
