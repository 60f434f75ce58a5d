"""What a user can choose about a split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ultrasam.errors import InputError


@dataclass(frozen=True)
class SplitSettings:
    """Choices of a split, see :func:`~ultrasam.corpus.splitting.split`.

    Attributes:
        seed: of the parts that are made.
        val: share of all images for a validation part, where one is made; 0 for none.
        test: the same for a test part.
        honour_official: otherwise all three parts are made anew.
    """

    seed: int = 0
    val: float = 0.05
    test: float = 0.1
    honour_official: bool = True

    def __post_init__(self) -> None:
        check_shares(self.val, self.test)

    @classmethod
    def recorded(cls, facts: Mapping[str, Any]) -> SplitSettings | None:
        """Those that a data set was split by; None where its ``dataset.json`` does not say."""
        try:
            return cls(**facts["split_settings"])
        except (KeyError, TypeError, InputError):
            return None

    def as_dict(self) -> dict[str, Any]:
        """For ``dataset.json``."""
        return asdict(self)


def check_shares(val: float, test: float) -> None:
    """Pass if shares for validation and test leave something to train on.

    Raises:
        InputError: they do not.
    """
    if not (0 <= val < 1 and 0 <= test < 1 and val + test < 1):
        raise InputError(
            f"Expected shares of the images from 0 that leave some to train on, but got val {val} and test {test}."
        )
