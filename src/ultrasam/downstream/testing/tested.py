"""A test's records, and all numbers made of them; no image and no network is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ultrasam.downstream.metrics import classification, instance, regression, semantic
from ultrasam.downstream.metrics.classified import Classified
from ultrasam.downstream.metrics.measured import Estimates, Measured
from ultrasam.downstream.testing.found_json import found_from_json
from ultrasam.downstream.testing.settings import RECORDS, TestSettings, read_test_settings
from ultrasam.errors import InputError
from ultrasam.evaluation.records import RecordFile
from ultrasam.evaluation.statistics.bootstrap import PatientBootstrap
from ultrasam.modeling.heads.config import TaskKind


@dataclass(frozen=True, eq=False)
class Tested:
    """Answers about N cases: images, or the objects that a prompted classifier was shown.

    Attributes:
        kind: of the task.
        classes: names of the classes, or of a regression's values.
        several: whether an image may have any number of classes.
        records: of the images that could be used, as they were written.
        failed: records of the others.
    """

    # Its name begins as those of tests do, and pytest asks.
    __test__ = False

    kind: TaskKind
    classes: tuple[str, ...]
    several: bool
    records: tuple[dict[str, Any], ...]
    failed: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, settings: TestSettings, records: Sequence[dict[str, Any]]) -> Tested:
        """The records of a test."""
        return cls(
            settings.kind,
            settings.classes,
            settings.several,
            tuple(record for record in records if not record["failed"]),
            tuple(record for record in records if record["failed"]),
        )

    @property
    def cases(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """``N`` of a classification or regression: each with the record of its image."""
        return [(record, case) for record in self.records for case in record["cases"]]

    @property
    def patients(self) -> npt.NDArray[np.str_]:
        """``(N,)`` whose each case is; an image without a known patient is one of its own."""
        if self.kind in ("classification", "regression"):
            return np.array([patient_of(record) for record, _ in self.cases], np.str_)
        return np.array([patient_of(record) for record in self.records], np.str_)

    def classified(self) -> Classified:
        """Probabilities and truths of a classification.

        Raises:
            InputError: this is another task, or there is no case.
        """
        if self.kind != "classification":
            raise InputError(f"Expected a test of a classification, but this is of {self.kind}.")
        return Classified.of(self.answers(), self._truths() if self.several else self._truths().argmax(axis=1))

    def answers(self) -> npt.NDArray[np.float64]:
        """``(N, K)`` probabilities, or a regression's values."""
        return np.array([case["answer"] for _, case in self.cases], np.float64)

    def true_values(self) -> npt.NDArray[np.float64]:
        """``(N, K)`` of a regression."""
        return np.array([case["truth"] for _, case in self.cases], np.float64)

    def counts(self) -> npt.NDArray[np.int64]:
        """``(N, K, 3)`` pixels of a semantic segmentation: common, predicted, true."""
        return np.array([record["counts"] for record in self.records], np.int64)

    def found(self) -> list[list[instance.FoundInImage]]:
        """N images with K classes each, of an instance segmentation."""
        return [[found_from_json(entry) for entry in record["found"]] for record in self.records]

    def measured(self) -> Measured:
        """The cases, ready for values, intervals and resamples.

        Raises:
            InputError: there is no case.
        """
        if self.kind == "classification":
            return classification.measured(self.classified())
        if self.kind == "regression":
            return regression.measured(self.answers(), self.true_values())
        if self.kind == "semantic":
            return semantic.measured(self.counts())
        return instance.measured(self.found())

    def shown(self) -> npt.NDArray[np.bool_]:
        """``(N, K)`` whether each class is in each case, whatever the model says.

        Raises:
            InputError: this is a regression, or there is no case.
        """
        if self.kind == "classification":
            return self.classified().truths
        if self.kind == "semantic":
            return np.greater(self.counts()[..., 2], 0)
        if self.kind == "instance":
            return np.array([[found.objects > 0 for found in image] for image in self.found()])
        raise InputError("Expected a test of classes, but this is of a regression.")

    def values(self) -> dict[str, float]:
        """Numbers of all classes together; NaN where not defined."""
        return self.measured().values()

    def replicates(self, bootstrap: PatientBootstrap) -> dict[str, npt.NDArray[np.float64]]:
        """``(B,)`` each number in each resample of :attr:`patients`."""
        return self.measured().replicates(bootstrap)

    def estimate(self, bootstrap: PatientBootstrap) -> Estimates:
        """All numbers with their 95 % intervals by :attr:`patients`."""
        return self.measured().estimate(bootstrap)

    def _truths(self) -> npt.NDArray[np.bool_]:
        truths = np.zeros((len(self.cases), len(self.classes)), bool)
        for row, (_, case) in zip(truths, self.cases, strict=True):
            row[case["truth"]] = True
        return truths


def read_tested(folder: Path | str) -> Tested:
    """Read a test's folder.

    Raises:
        InputError: there is no test in it, or its files are damaged.
    """
    place = Path(folder)
    return Tested.of(read_test_settings(place), list(RecordFile(place / RECORDS)))


def patient_of(record: dict[str, Any]) -> str:
    """The patient of an image, or else the image itself."""
    patient: str | None = record["patient"]
    return f"image {record['image']}" if patient is None else patient
