"""Images that are one, gathered from pairs of them."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from ultrasam.corpus.duplicates.candidates import differing_bits
from ultrasam.corpus.duplicates.entries import Entry
from ultrasam.corpus.duplicates.fingerprint import Fingerprints
from ultrasam.corpus.duplicates.turns import TURNS


@dataclass(frozen=True)
class Member:
    """An image of a cluster, as it is seen from the cluster's first image.

    Attributes:
        entry: the image.
        kind: ``"exact"``, equal in every pixel, or ``"near"``.
        distance: bits in which the hashes differ; may be above the limit of the search where others lie between.
        orientation: one of :data:`TURNS`; how this one must be turned to be like the first.
    """

    entry: Entry
    kind: Literal["exact", "near"]
    distance: int
    orientation: str


Cluster: TypeAlias = tuple[Member, ...]


def clusters_of(entries: Sequence[Entry], prints: Fingerprints, pairs: npt.NDArray[np.int64]) -> tuple[Cluster, ...]:
    """What is connected by pairs, directly or through others.

    Args:
        entries: all N images.
        prints: ``(N,)``, theirs.
        pairs: ``(P, 3)``: numbers of two images, and how the second must be turned to be like the first.

    Returns:
        in the order of their first images, which is the order of the entries.
    """
    neighbours: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for first, second, turn in pairs.tolist():
        # Each turn undoes itself, so that it leads back, too.
        neighbours[first].setdefault(second, turn)
        neighbours[second].setdefault(first, turn)
    seen: set[int] = set()
    clusters = []
    for number in sorted(neighbours):
        if number not in seen:
            turns = _turns_from(number, neighbours)
            seen.update(turns)
            clusters.append(tuple(_member(entries, prints, number, other, turns[other]) for other in sorted(turns)))
    return tuple(clusters)


def _turns_from(start: int, neighbours: dict[int, dict[int, int]]) -> dict[int, int]:
    """All that can be reached from an image, and how it lies to it, on the way with the fewest pairs."""
    turns = {start: 0}
    waiting = deque([start])
    while waiting:
        number = waiting.popleft()
        for other, turn in neighbours[number].items():
            if other not in turns:
                # Mirrored twice is not mirrored, mirrored and flipped is turned: the bits of turns add up.
                turns[other] = turns[number] ^ turn
                waiting.append(other)
    return turns


def _member(entries: Sequence[Entry], prints: Fingerprints, first: int, number: int, turn: int) -> Member:
    if prints["digest"][number] == prints["digest"][first]:
        return Member(entries[number], "exact", 0, TURNS[0])
    distances = differing_bits(prints["hash"][first, :, 0], prints["hash"][number, :, turn])
    return Member(entries[number], "near", int(distances.min()), TURNS[turn])
