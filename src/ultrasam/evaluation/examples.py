"""The objects that a reader should see: best, median and worst of a protocol on a data set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from ultrasam.evaluation.settings import Settings
from ultrasam.evaluation.table import Table

Rank: TypeAlias = Literal["best", "median", "worst"]


@dataclass(frozen=True)
class Example:
    """One answer, with all that is needed to draw it.

    Attributes:
        rank: why it was chosen.
        protocol: its protocol; of protocols with rounds, the last.
        image: file name, as the data set has it.
        path: where the file was.
        category: the structure.
        dice: of the answer.
        size_hw: of the image and the masks.
        prompt: as it stands in the records.
        mask: the answer, compressed run lengths.
        truth: the annotation, compressed run lengths.
    """

    rank: Rank
    protocol: str
    image: str
    path: str
    category: str
    dice: float
    size_hw: tuple[int, int]
    prompt: dict[str, Any]
    mask: str
    truth: str


def headline_protocols(names: Sequence[str]) -> list[str]:
    """The protocols that stand for all: the first with a point, the first with a box; else the first."""
    points = [name for name in names if name.startswith("point") and "box" not in name]
    boxes = [name for name in names if name.startswith("box")]
    return [*points[:1], *boxes[:1]] or list(names[:1])


def choose_examples(table: Table, records: Iterable[dict[str, Any]], settings: Settings) -> tuple[Example, ...]:
    """Best, median and worst by Dice of each headline protocol; fewer where there are fewer than three objects."""
    wanted: dict[tuple[int | str, int | str], list[tuple[str, int, Rank]]] = {}
    for protocol in headline_protocols(list(settings.protocols)):
        steps = [step for name, step in table.scores if name == protocol]
        if not steps:
            continue
        order = np.argsort(table.scores[protocol, max(steps)]["dice"], kind="stable")
        places: dict[int, Rank] = {int(order[0]): "worst", int(order[len(order) // 2]): "median"}
        places[int(order[-1])] = "best"
        for row, rank in places.items():
            key = (table.image_ids[row], table.annotation_ids[row])
            wanted.setdefault(key, []).append((protocol, max(steps), rank))
    found = []
    images = {image_id for image_id, _ in wanted}
    for record in records:
        if record["image_id"] not in images:
            continue
        for instance in record["instances"]:
            for protocol, step, rank in wanted.get((record["image_id"], instance["annotation_id"]), ()):
                answer = next(a for a in instance["answers"] if (a["protocol"], a["step"]) == (protocol, step))
                found.append(
                    Example(
                        rank,
                        protocol,
                        record["image"],
                        record["path"],
                        instance["category"],
                        answer["dice"],
                        tuple(record["size_hw"]),
                        answer["prompt"],
                        answer["mask"],
                        instance["truth"],
                    )
                )
    ranks = ("best", "median", "worst")
    names = list(settings.protocols)
    return tuple(sorted(found, key=lambda e: (names.index(e.protocol), ranks.index(e.rank))))
