"""A test in numbers, and its file."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ultrasam.corpus import Skipped
from ultrasam.downstream.metrics.measured import Estimates
from ultrasam.downstream.testing.settings import TestSettings
from ultrasam.downstream.testing.tested import Tested
from ultrasam.errors import InputError
from ultrasam.evaluation.statistics.bootstrap import Estimate
from ultrasam.files import without_nan, written_whole

RESULTS = "results.json"


@dataclass(frozen=True)
class TestResult:
    """A fine-tuned model on the test images.

    Attributes:
        folder: where records, tables and report lie.
        settings: what decides the numbers.
        overall: numbers of all classes together, with intervals by patient; NaN where not defined.
        by_class: of each class.
        images: that were tested.
        cases: questions: images, or the objects that a prompted classifier was shown.
        patients: whose images these are, an image of which none is known counted as one.
        of_nobody: images that were asked about and of which no patient is known.
        notes: what a reader must know of the numbers.
        left_out: what of the data is no part of the test.
        split_report: where the parts of the data come from.
    """

    # Its name begins as those of tests do, and pytest asks.
    __test__ = False

    folder: Path
    settings: TestSettings
    overall: dict[str, Estimate]
    by_class: dict[str, tuple[Estimate, ...]]
    images: int
    cases: int
    patients: int
    of_nobody: int
    notes: tuple[str, ...] = ()
    left_out: tuple[Skipped, ...] = ()
    split_report: str = ""

    @property
    def kind(self) -> str:
        """Of the task."""
        return self.settings.kind

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, or of a regression's values."""
        return self.settings.classes

    @classmethod
    def of(
        cls,
        folder: Path,
        settings: TestSettings,
        tested: Tested,
        found: Estimates,
        *,
        notes: Sequence[str],
        left_out: Sequence[Skipped],
        split_report: str,
    ) -> TestResult:
        """Put together."""
        failed = [Skipped("test", f"image {record['image']}", record["reason"]) for record in tested.failed]
        return cls(
            folder,
            settings,
            found.overall,
            found.by_class,
            len(tested.records),
            len(tested.patients),
            len(np.unique(tested.patients)),
            sum(record["patient"] is None and bool(record.get("cases", True)) for record in tested.records),
            tuple(notes),
            (*left_out, *failed),
            split_report,
        )

    def write(self) -> None:
        """Write ``results.json``: a number that is not defined is null."""
        values = without_nan({name: value for name, value in asdict(self).items() if name != "folder"})
        with written_whole(self.folder / RESULTS) as temporary:
            text = json.dumps(values, indent=1, allow_nan=False, ensure_ascii=False)
            # A file's name may hold signs that are none in UTF-8; JSON has an escape for each.
            temporary.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")


def read_result(folder: Path) -> TestResult:
    """Read ``results.json``.

    Raises:
        InputError: there is none, or it is damaged.
    """
    path = folder / RESULTS
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return TestResult(
            folder,
            TestSettings(**found["settings"]),
            {name: _estimate(value) for name, value in found["overall"].items()},
            {name: tuple(map(_estimate, values)) for name, values in found["by_class"].items()},
            found["images"],
            found["cases"],
            found["patients"],
            found["of_nobody"],
            tuple(found["notes"]),
            tuple(Skipped(**entry) for entry in found["left_out"]),
            found["split_report"],
        )
    except FileNotFoundError as error:
        raise InputError(f"Expected the results of a test in {folder}, but there is no {RESULTS}.") from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(f"Expected the results of a test in {path}, but they are damaged: test again.") from error


def _estimate(value: dict[str, Any]) -> Estimate:
    mean, low, high = (math.nan if value[name] is None else float(value[name]) for name in ("mean", "low", "high"))
    return Estimate(mean, low, high, int(value["count"]))
