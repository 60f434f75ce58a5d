"""A run in numbers: what reports show."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ultrasam.evaluation.detection import Detection
from ultrasam.evaluation.examples import Example
from ultrasam.evaluation.metrics.calibration import ReliabilityBin
from ultrasam.evaluation.metrics.clicks import ClickSummary
from ultrasam.evaluation.settings import Settings
from ultrasam.evaluation.statistics.bootstrap import Estimate
from ultrasam.evaluation.table import Column

#: Classes of size: name, and the share of the image's area from which on it counts.
SIZES: tuple[tuple[str, float], ...] = (("under 1 %", 0.0), ("1 to 5 %", 0.01), ("5 to 20 %", 0.05), ("over 20 %", 0.2))


@dataclass(frozen=True)
class Distribution:
    """Percentiles 5, 25, 50, 75 and 95."""

    low: float
    q1: float
    median: float
    q3: float
    high: float

    @classmethod
    def of(cls, values: Column) -> Distribution:
        """Of at least one value."""
        return cls(*np.percentile(values, (5, 25, 50, 75, 95)).tolist())


@dataclass(frozen=True)
class ProtocolResult:
    """One protocol on one data set; of a protocol with rounds, after one of them.

    Attributes:
        protocol: its name.
        step: the round, from 1.
        steps: how many there are.
        estimates: metric to mean over objects with its 95 % interval by bootstrap over patients; metrics without
            a value (mm, where nothing is calibrated) are left out.
        image_means: metric to mean of the images' means.
        patient_means: metric to mean of the patients' means.
        empty: answers without a pixel.
        dice: how Dice is distributed.
        categories: structure to Dice.
        sizes: class of size (:data:`SIZES`) to Dice.
        reliability: predicted against actual IoU; empty where nothing is predicted.
        calibration_error: expected calibration error of the predicted IoU; None where nothing is predicted.
        average_precision: AP, AP50, AP75 and AR of the masks ranked by predicted IoU; of the last step only.
        clicks: how many clicks a Dice takes; of the last step of click protocols only.
    """

    protocol: str
    step: int
    steps: int
    estimates: dict[str, Estimate]
    image_means: dict[str, float]
    patient_means: dict[str, float]
    empty: int
    dice: Distribution
    categories: dict[str, Estimate]
    sizes: dict[str, Estimate]
    reliability: tuple[ReliabilityBin, ...]
    calibration_error: float | None
    average_precision: dict[str, float]
    clicks: tuple[ClickSummary, ...]


@dataclass(frozen=True)
class DatasetSummary:
    """One data set.

    Attributes:
        name: of the data set.
        licence: of the data.
        images: with at least one object.
        instances: objects that were asked about.
        patients: that are known; 0: none is, and images stand for patients.
        categories: structure to number of objects.
        detection: how many objects were found, of predictions without prompts; None for prompted models.
        results: one per protocol and step.
        skipped: ``{"what", "reason"}`` of all that was left out.
        examples: best, median and worst objects, to be looked at.
    """

    name: str
    licence: str
    images: int
    instances: int
    patients: int
    categories: dict[str, int]
    detection: Detection | None
    results: tuple[ProtocolResult, ...]
    skipped: tuple[dict[str, str], ...]
    examples: tuple[Example, ...]

    def result(self, protocol: str, step: int | None = None) -> ProtocolResult | None:
        """A protocol's result after a step, by default the last."""
        found = [r for r in self.results if r.protocol == protocol and step in (None, r.step)]
        return found[-1] if found else None


@dataclass(frozen=True)
class OverallResult:
    """One protocol and step over all data sets.

    Attributes:
        protocol: its name.
        step: the round, from 1.
        macro: metric to the mean of the data sets' means, so that large sets do not drown small ones.
        pooled: metric to the mean over all objects.
    """

    protocol: str
    step: int
    macro: dict[str, Estimate]
    pooled: dict[str, Estimate]


@dataclass(frozen=True)
class Summary:
    """A run in numbers.

    Attributes:
        settings: what decides the numbers.
        datasets: one per data set with at least one object.
        overall: one per protocol and step.
        seconds: stage to seconds.
        complete: whether all images are done.
        failed: data sets of which not one object could be used, each with ``{"what", "reason"}`` of all of them.
    """

    settings: Settings
    datasets: tuple[DatasetSummary, ...]
    overall: tuple[OverallResult, ...]
    seconds: dict[str, float]
    complete: bool
    failed: dict[str, tuple[dict[str, str], ...]] = field(default_factory=dict)

    def network_share(self) -> float | None:
        """The part of the time that the encoder and the decoder took; None where no network ran."""
        network = self.seconds.get("encode", 0.0) + self.seconds.get("decode", 0.0)
        return network / sum(self.seconds.values()) if network else None

    def left_out(self) -> list[tuple[str, dict[str, str]]]:
        """Data set, and ``{"what", "reason"}``, of everything that stands in no number."""
        of_sets = {**{dataset.name: dataset.skipped for dataset in self.datasets}, **self.failed}
        return [(name, entry) for name, entries in of_sets.items() for entry in entries]

    def protocols(self) -> list[str]:
        """Names, in the order of the settings."""
        return list(self.settings.protocols)
