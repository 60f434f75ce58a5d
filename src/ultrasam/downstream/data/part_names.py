"""The parts of a data set by the names that people give them."""

from __future__ import annotations

_NAMES = {
    "train": ("train", "training", "trn"),
    "val": ("val", "valid", "validation", "dev", "tuning"),
    "test": ("test", "testing", "tst", "holdout", "hold-out"),
}
_PART_OF = {name: part for part, names in _NAMES.items() for name in names}


def part_of(name: str) -> str | None:
    """``"train"``, ``"val"`` or ``"test"``; None for any other name.

    Example:
        >>> part_of("Validation"), part_of("fold 3")
        ('val', None)
    """
    return _PART_OF.get(name.strip().casefold())
