"""What of a data set cannot be used, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Skipped:
    """One image or annotation that was left out.

    Attributes:
        dataset: the data set's name.
        what: ``"image 17 (a.png)"`` or ``"annotation 5 of image 17 (a.png)"``.
        reason: a sentence.
    """

    dataset: str
    what: str
    reason: str


class Unusable(Exception):  # noqa: N818  (it never leaves this room: the reader makes a Skipped of it)
    """An entry cannot be used; the message is the reason."""
