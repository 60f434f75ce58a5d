"""Images that are one, gathered from pairs of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from ultrasam.corpus.duplicates.candidates import differing_bits
from ultrasam.corpus.duplicates.entries import Entry
from ultrasam.corpus.duplicates.fingerprint import Fingerprints
from ultrasam.corpus.duplicates.turns import TURNS
from ultrasam.extras import require


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
        pairs: ``(P, 2)`` numbers of images.

    Returns:
        in the order of their first images, which is the order of the entries.
    """
    count = len(entries)
    sparse = require("scipy.sparse", needed_for="Clusters of duplicates")
    graph = require("scipy.sparse.csgraph", needed_for="Clusters of duplicates")
    links = sparse.coo_matrix((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), (count, count))
    _, component = graph.connected_components(links, directed=False)
    together: defaultdict[int, list[int]] = defaultdict(list)
    for number in np.unique(pairs).tolist():
        together[component[number]].append(number)
    return tuple(tuple(_members(entries, prints, numbers)) for numbers in together.values())


def _members(entries: Sequence[Entry], prints: Fingerprints, numbers: list[int]) -> list[Member]:
    first = prints[numbers[0]]
    members = []
    for number in numbers:
        is_exact = bool(prints["digest"][number] == first["digest"])
        distances = differing_bits(first["hash"][:, :1], prints["hash"][number]).min(0)
        turn = 0 if is_exact else int(distances.argmin())
        members.append(Member(entries[number], "exact" if is_exact else "near", int(distances[turn]), TURNS[turn]))
    return members
