"""What a search for duplicates has found."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from typing import Any

from ultrasam.corpus.coco.skipped import Skipped
from ultrasam.corpus.duplicates.clusters import Cluster
from ultrasam.files import written_whole


@dataclass(frozen=True)
class Duplicates:
    """Clusters of images that are one.

    Attributes:
        settings: of the search.
        images: that were compared.
        clusters: in the order of the images.
        left_alone: pairs of one patient or sequence with near hashes, which were not compared further.
        skipped: images that cannot be used or read.
    """

    settings: dict[str, Any]
    images: int
    clusters: tuple[Cluster, ...]
    left_alone: int
    skipped: tuple[Skipped, ...]

    @property
    def superfluous(self) -> int:
        """Images that would go if one of each cluster stayed."""
        return sum(len(cluster) - 1 for cluster in self.clusters)

    def within(self, data_set: str) -> Duplicates:
        """Those of one data set only."""
        inner = (tuple(member for member in c if member.entry.data_set == data_set) for c in self.clusters)
        return replace(self, clusters=tuple(cluster for cluster in inner if len(cluster) > 1))


def write_duplicates(path: str | os.PathLike[str], duplicates: Duplicates) -> None:
    """Write ``duplicates.json``, one cluster per line, the same bytes each time.

    :func:`ultrasam.corpus.ties.read_clusters` reads it.
    """
    lines = [json.dumps(_cluster(cluster), ensure_ascii=False) for cluster in duplicates.clusters]
    with written_whole(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f'{{\n"settings": {json.dumps(duplicates.settings, ensure_ascii=False)},\n"clusters": [')
        file.write(",".join(f"\n{line}" for line in lines))
        file.write("\n]\n}\n")


def _cluster(cluster: Cluster) -> list[dict[str, Any]]:
    return [
        {
            "set": member.entry.data_set,
            "image": member.entry.image,
            "kind": member.kind,
            "distance": member.distance,
            "orientation": member.orientation,
        }
        for member in cluster
    ]
