"""Protocols by name: ``box-shift-15``, ``clicks-10``, ``point-centre@refined``; and the suites of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from ultrasam.errors import InputError
from ultrasam.evaluation.protocols.protocol import (
    Box,
    Clicks,
    MaskPrompt,
    Passes,
    Point,
    PointAndBox,
    Protocol,
    RandomPoints,
)

#: The protocol of predictions that were made without prompts and are read from a file.
AUTOMATIC = "automatic"

SUITES: dict[str, tuple[str, ...]] = {
    "standard": ("point-interior", "point-centre", "box", "box-shift-15", "point-box", "clicks-5"),
    "full": (
        "point-interior",
        "point-centre",
        "points-1",
        "points-3",
        "points-5",
        "box",
        *(f"box-jitter-{percent}" for percent in (5, 10, 20)),
        *(f"box-shift-{percent}" for percent in (5, 10, 15)),
        *(f"box-scale-{percent}" for percent in (85, 115)),
        "point-box",
        "mask-eroded-20",
        "mask-dilated-20",
        "point-interior@one-pass",
        "point-interior@refined",
        "box@one-pass",
        "box@refined",
        "clicks-10",
    ),
}
SUITES["ultrasam-paper"] = ("point-centre", "box")

#: Pattern of the name without passes, how it is written in messages, what a number may be, and what it makes.
_KINDS: tuple[tuple[str, str, range, Callable[..., Protocol]], ...] = (
    (r"point-(centre|interior)", "point-centre, point-interior", range(0), lambda p, where: Point(p, where)),
    (r"points-(\d+)", "points-K", range(1, 101), lambda p, k: RandomPoints(p, k)),
    (r"box", "box", range(0), lambda p: Box(p)),
    (r"box-(jitter|shift)-(\d+)", "box-jitter-P, box-shift-P", range(1, 51), lambda p, kind, n: Box(p, kind, n)),
    (r"box-(scale)-(\d+)", "box-scale-P", range(50, 201), lambda p, kind, n: Box(p, kind, n)),
    (r"point-box", "point-box", range(0), lambda p: PointAndBox(p)),
    (r"point-(centre)-box", "point-centre-box", range(0), lambda p, where: PointAndBox(p, where)),
    (
        r"mask-(eroded|dilated)-(\d+)",
        "mask-eroded-P, mask-dilated-P",
        range(1, 101),
        lambda p, change, n: MaskPrompt(p, change, n),
    ),
    (r"clicks-(\d+)", "clicks-K", range(1, 21), lambda p, k: Clicks(p, k)),
)
_PASSES: dict[str, Passes] = {"": "own", "one-pass": "one-pass", "refined": "refined"}


def known_protocols() -> list[str]:
    """How protocols are written, for messages and help; K is a number of points, P a percentage."""
    return [written for _, written, _, _ in _KINDS]


def parse_protocols(names: Iterable[str]) -> list[Protocol]:
    """Protocols by name, suites spelled out, each once, in the order of their first mention.

    Raises:
        InputError: an unknown name, or a number out of bounds.

    Example:
        >>> [protocol.name for protocol in parse_protocols(["ultrasam-paper", "box", "clicks-3"])]
        ['point-centre', 'box', 'clicks-3']
        >>> parse_protocols(["box-shift-15"])[0].title
        'box shifted by 15 % of its width and height'
    """
    spelled_out = [single for name in names for single in SUITES.get(name, (name,))]
    # box-shift-05 is box-shift-5.
    protocols = list({protocol.name: protocol for protocol in map(_parse, spelled_out)}.values())
    if not protocols:
        raise InputError(f"Expected at least one protocol, for example {next(iter(SUITES))}.")
    return protocols


def _parse(name: str) -> Protocol:
    short, _, suffix = name.partition("@")
    if suffix in _PASSES and not name.endswith("@"):
        for pattern, written, numbers, make in _KINDS:
            found = re.fullmatch(pattern, short)
            if found is None:
                continue
            values: list[Any] = [int(word) if word.isdecimal() else word for word in found.groups()]
            wrong = [value for value in values if isinstance(value, int) and value not in numbers]
            if wrong:
                raise InputError(
                    f"Expected a number from {numbers[0]} to {numbers[-1]} in the protocol {written}, but got {name!r}."
                )
            protocol = make(_PASSES[suffix], *values)
            if protocol.brings_masks and protocol.passes == "refined":
                raise InputError(f"Expected no @refined where prompts bring masks already, but got {name!r}.")
            return protocol
    raise InputError(
        f"Expected a suite ({', '.join(SUITES)}) or a protocol ({', '.join(known_protocols())}; with @one-pass or "
        f"@refined), but got {name!r}."
    )
