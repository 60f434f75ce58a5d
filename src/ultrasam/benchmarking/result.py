"""All that a benchmark found, as one thing, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from ultrasam.benchmarking.combinations import Combination, Plan
from ultrasam.benchmarking.machine import Machine
from ultrasam.benchmarking.running import Benchmark
from ultrasam.benchmarking.summary import Row, failures, rows
from ultrasam.files import without_nan


@dataclass(frozen=True)
class Result:
    """What a benchmark found.

    Attributes:
        machine: what ran.
        model: what the weights are: ``name``, ``title``, ``sha256``, ``licence``, ``input_size``, ``device``; empty
            where not even the reference could be loaded.
        threads: of torch; None likewise.
        command: that repeats it.
        images: what they were, in words.
        rounds: turns of each combination.
        runs: how often each time was taken in a turn.
        rows: of what was measured, the quickest first.
        failures: names of combinations without a figure, with reasons.
        complete: whether it was not stopped.
    """

    machine: Machine
    model: dict[str, str]
    threads: int | None
    command: str
    images: str
    rounds: int
    runs: int
    rows: tuple[Row, ...]
    failures: tuple[tuple[str, str], ...]
    complete: bool

    def to_json(self) -> str:
        """All numbers, in seconds and bytes; what is not known is null."""
        return json.dumps(without_nan(self._as_dict()), indent=2)

    def _as_dict(self) -> dict[str, Any]:
        told = asdict(self)
        told["failures"] = [{"combination": name, "reason": reason} for name, reason in self.failures]
        for row, entry in zip(self.rows, told["rows"], strict=True):
            entry["name"] = row.combination.name
        return told


def result_of(
    benchmark: Benchmark, planned: Plan, machine: Machine, command: str, by_auto: Callable[[Combination], bool]
) -> Result:
    """What a benchmark found, whether it came to its end or not.

    Args:
        benchmark: after it ran.
        planned: what was to be measured.
        machine: what ran.
        command: that repeats it.
        by_auto: whether ``backend="auto"`` takes a combination for its precision.
    """
    outcomes, questions = tuple(benchmark.outcomes.values()), benchmark.questions
    told = [measured for outcome in outcomes for measured in (outcome.first, *outcome.rounds) if measured]
    return Result(
        machine=machine,
        model=told[0].model if told else {},
        threads=told[0].threads if told else None,
        command=command,
        images=questions.images_in_words,
        rounds=questions.rounds,
        runs=questions.runs,
        rows=tuple(rows(outcomes, by_auto, fresh_graphs=questions.fresh_graphs)),
        failures=(*failures(outcomes), *planned.left_out),
        complete=benchmark.complete,
    )
