"""How long jobs of a kind take."""

from __future__ import annotations

#: Seconds that are told before the first job of a kind is done.
_FIRST_GUESS_S = 1.0
#: How much the newest job counts.
_WEIGHT = 0.3


class Timing:
    """A running mean of seconds for each kind of job, in which newer ones count more."""

    def __init__(self) -> None:
        self._means: dict[str, float] = {}

    def note(self, kind: str, seconds: float) -> None:
        """A job took so long."""
        mean = self._means.get(kind)
        self._means[kind] = seconds if mean is None else mean + _WEIGHT * (seconds - mean)

    def seconds(self, kind: str) -> float:
        """What the next one will probably take."""
        return self._means.get(kind, _FIRST_GUESS_S)
