"""A data set's records as columns of numbers, one row per object."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ultrasam.evaluation.metrics.scores import AVERAGED

Column = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Table:
    """The answers about one data set.

    Attributes:
        images: ``(N,)`` the image of each object, by number from 0.
        patients: ``(N,)`` its patient; where no patient is known, the image stands for one.
        image_ids: ``(N,)`` the image's id in the COCO file.
        annotation_ids: ``(N,)`` the object's.
        categories: ``(N,)`` its structure.
        area_shares: ``(N,)`` its share of the image's area.
        scores: protocol and step to metric to ``(N,)`` float64; NaN where a value is not defined.
        known_patients: how many patients are known by name.
        seconds: stage to seconds, summed over images.
        skipped: what could not be used: ``{"what", "reason"}`` each.
        record_count: images that are done, those without a usable object too.
    """

    images: npt.NDArray[np.int64]
    patients: npt.NDArray[np.int64]
    image_ids: list[int | str]
    annotation_ids: list[int | str]
    categories: npt.NDArray[np.str_]
    area_shares: Column
    scores: dict[tuple[str, int], dict[str, Column]]
    known_patients: int
    seconds: dict[str, float] = field(default_factory=dict)
    skipped: list[dict[str, str]] = field(default_factory=list)
    record_count: int = 0

    def __len__(self) -> int:
        return len(self.images)

    @property
    def image_count(self) -> int:
        """Images with at least one object."""
        return len(np.unique(self.images))


def read_table(records: Iterable[dict[str, Any]]) -> Table:
    """Read records (one per image) into columns."""
    images: list[int] = []
    patients: list[int] = []
    numbers: dict[tuple[str, Any], int] = {}
    image_ids: list[int | str] = []
    annotation_ids: list[int | str] = []
    categories: list[str] = []
    shares: list[float] = []
    scores: dict[tuple[str, int], dict[str, list[float]]] = {}
    seconds: dict[str, float] = {}
    skipped: list[dict[str, str]] = []
    record_count = 0
    for number, record in enumerate(records):
        record_count += 1
        skipped += record["skipped"]
        for stage, spent in record["seconds"].items():
            seconds[stage] = seconds.get(stage, 0.0) + spent
        patient = ("image", number) if record["patient"] is None else ("patient", record["patient"])
        for instance in record["instances"]:
            images.append(number)
            patients.append(numbers.setdefault(patient, len(numbers)))
            image_ids.append(record["image_id"])
            annotation_ids.append(instance["annotation_id"])
            categories.append(instance["category"])
            shares.append(instance["area_share"])
            for answer in instance["answers"]:
                columns = scores.setdefault((answer["protocol"], answer["step"]), {})
                for name in (*AVERAGED, "empty"):
                    value = answer.get(name)
                    columns.setdefault(name, []).append(np.nan if value is None else float(value))
    return Table(
        np.array(images, np.int64),
        np.array(patients, np.int64),
        image_ids,
        annotation_ids,
        np.array(categories, np.str_),
        np.array(shares),
        {key: {name: np.array(values) for name, values in columns.items()} for key, columns in scores.items()},
        sum(kind == "patient" for kind, _ in numbers),
        seconds,
        skipped,
        record_count,
    )
