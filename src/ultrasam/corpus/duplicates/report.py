"""What duplicates do harm to: tests that repeat the training, and labels that contradict each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from ultrasam.corpus.duplicates.clusters import Cluster, Member

CLASSES, STRUCTURES = "classes", "structures"


@dataclass(frozen=True)
class Conflict:
    """Images that are one, of which different things are said.

    Attributes:
        cluster: the images.
        what: ``"classes"`` of the objects, their ``"structures"``, or the name of a label of the image.
        said: each of the different answers once, sorted; empty where an image has no objects.
    """

    cluster: Cluster
    what: str
    said: tuple[str, ...]


def across_splits(clusters: Sequence[Cluster]) -> tuple[Cluster, ...]:
    """The clusters with images in different splits; an image that names no split is in none."""
    return tuple(
        cluster
        for cluster in clusters
        if len({member.entry.split for member in cluster if member.entry.split is not None}) > 1
    )


def conflicts(clusters: Sequence[Cluster]) -> tuple[Conflict, ...]:
    """Where images that are one have objects of different classes, or different labels.

    Data sets name and choose their classes each for itself. Within one, the classes must be the same. Across them,
    images with objects must have one structure of the taxonomy in common, where ``breast_lesion`` is that of
    ``breast_lesion_benign``, too.
    """
    return tuple(conflict for cluster in clusters for conflict in _of_cluster(cluster))


def _of_cluster(cluster: Cluster) -> list[Conflict]:
    found = []
    by_set: dict[str, list[Member]] = {}
    for member in cluster:
        by_set.setdefault(member.entry.data_set, []).append(member)
    for members in by_set.values():
        said = {member.entry.classes for member in members}
        if len(said) > 1:
            found.append(Conflict(tuple(members), CLASSES, _in_words(said)))
    known = [member.entry for member in cluster if member.entry.structures]
    if any(
        one.data_set != other.data_set and not _have_one_in_common(one.structures, other.structures)
        for one, other in combinations(known, 2)
    ):
        said = {entry.structures for entry in known}
        found.append(Conflict(cluster, STRUCTURES, _in_words(said)))
    labels = [label for member in cluster for label in member.entry.labels]
    for name in sorted({name for name, _ in labels}):
        values = tuple(sorted({value for other, value in labels if other == name}))
        if len(values) > 1:
            found.append(Conflict(cluster, name, values))
    return found


def _have_one_in_common(ones: Sequence[str], others: Sequence[str]) -> bool:
    return any(
        one == other or one.startswith(f"{other}_") or other.startswith(f"{one}_") for one in ones for other in others
    )


def _in_words(said: set[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted(", ".join(names) for names in said))
