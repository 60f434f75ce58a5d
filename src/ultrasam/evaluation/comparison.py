"""Runs side by side: which model is better on which set under which protocol, and whether that is more than chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ultrasam.errors import InputError
from ultrasam.evaluation.records import RecordFile
from ultrasam.evaluation.run import record_file
from ultrasam.evaluation.statistics.bootstrap import Estimate, PatientBootstrap
from ultrasam.evaluation.statistics.significance import holm, paired_wilcoxon
from ultrasam.evaluation.summarising import RESAMPLES, summarise
from ultrasam.evaluation.summary import Summary
from ultrasam.evaluation.table import Column, Table, read_table


@dataclass(frozen=True)
class PairTest:
    """Two models on one data set under one protocol.

    Attributes:
        dataset: the data set.
        protocol: the protocol.
        step: the round, from 1; of protocols with rounds, the last.
        first: label of one model.
        second: label of the other.
        difference: mean Dice of the first minus that of the second over their common objects, with its 95 %
            interval by bootstrap over patients.
        pairs: patients that were compared.
        p_value: of the two-sided Wilcoxon signed-rank test over the patients' mean Dice.
        adjusted_p: the same after Holm's correction for all tests of the comparison.
    """

    dataset: str
    protocol: str
    step: int
    first: str
    second: str
    difference: Estimate
    pairs: int
    p_value: float
    adjusted_p: float


@dataclass(frozen=True)
class Comparison:
    """Several runs.

    Attributes:
        labels: the models, each by a name of its own.
        summaries: their runs, in the same order.
        tests: every pair of models, set by set and protocol by protocol.
        common: data set to the number of objects that all runs with this set have.
        warnings: what makes the runs hard to compare.
    """

    labels: tuple[str, ...]
    summaries: tuple[Summary, ...]
    tests: tuple[PairTest, ...]
    common: dict[str, int]
    warnings: tuple[str, ...]


def compare(folders: Sequence[Path], *, resamples: int = RESAMPLES) -> Comparison:
    """Compare runs, object by object.

    Only objects that two runs have in common are tested; the same objects must have the same masks in both.

    Raises:
        InputError: fewer than two runs, a folder that holds none, or runs that have nothing in common.
    """
    if len(folders) < 2:
        raise InputError(f"Expected at least two runs to compare, but got {len(folders)}.")
    summaries = tuple(summarise(folder, resamples=resamples) for folder in folders)
    labels = _labels(folders, summaries)
    tests: list[PairTest] = []
    common: dict[str, int] = {}
    for dataset in dict.fromkeys(d.name for summary in summaries for d in summary.datasets):
        having = [i for i, summary in enumerate(summaries) if any(d.name == dataset for d in summary.datasets)]
        tables = {i: read_table(record_file(folders[i], dataset)) for i in having}
        truths = {i: _truths(record_file(folders[i], dataset)) for i in having}
        shared = set.intersection(*(set(found.items()) for found in truths.values()))
        common[dataset] = len(shared)
        for i, j in combinations(having, 2):
            pairs = set(truths[i].items()) & set(truths[j].items())
            rows = [_rows(tables[run], {key for key, _ in pairs}) for run in (i, j)]
            for protocol, step in _last_steps(tables[i]):
                if (protocol, step) in tables[j].scores and len(rows[0]):
                    scores = [tables[run].scores[protocol, step]["dice"] for run in (i, j)]
                    test = _test(scores[0][rows[0]], scores[1][rows[1]], tables[i].patients[rows[0]], resamples)
                    tests.append(
                        replace(test, dataset=dataset, protocol=protocol, step=step, first=labels[i], second=labels[j])
                    )
    if not tests:
        raise InputError("Expected runs with objects and protocols in common, but these have none.")
    adjusted = holm([test.p_value for test in tests])
    tests = [replace(test, adjusted_p=p) for test, p in zip(tests, adjusted, strict=True)]
    return Comparison(labels, summaries, tuple(tests), common, tuple(_warnings(labels, summaries, common)))


def _test(first: Column, second: Column, patients: npt.NDArray[np.int64], resamples: int) -> PairTest:
    difference = PatientBootstrap(patients, resamples=resamples).estimate(first - second)
    _, inverse = np.unique(patients, return_inverse=True)
    counts = np.bincount(inverse)
    means = [np.bincount(inverse, weights=values) / counts for values in (first, second)]
    wilcoxon = paired_wilcoxon(*means)
    return PairTest("", "", 0, "", "", difference, len(counts), wilcoxon.p_value, wilcoxon.p_value)


def _truths(records: RecordFile) -> dict[tuple[int | str, int | str], str]:
    """What names an object, image id and annotation id, to its true mask."""
    return {
        (record["image_id"], instance["annotation_id"]): instance["truth"]
        for record in records
        for instance in record["instances"]
    }


def _rows(table: Table, wanted: set[tuple[int | str, int | str]]) -> list[int]:
    """Rows of the wanted objects, in an order that all tables share."""
    places = {key: row for row, key in enumerate(zip(table.image_ids, table.annotation_ids, strict=True))}
    return [places[key] for key in sorted(wanted, key=str)]


def _last_steps(table: Table) -> list[tuple[str, int]]:
    last: dict[str, int] = {}
    for protocol, step in table.scores:
        last[protocol] = max(step, last.get(protocol, 0))
    return list(last.items())


def _labels(folders: Sequence[Path], summaries: Sequence[Summary]) -> tuple[str, ...]:
    """The models' names; where two runs have one, the folders' names beside them."""
    names = [summary.settings.model.name for summary in summaries]
    labels = [
        name if names.count(name) == 1 else f"{name} ({folder.name})"
        for name, folder in zip(names, folders, strict=True)
    ]
    if len(set(labels)) < len(labels):
        labels = [f"{name} ({folder})" for name, folder in zip(names, folders, strict=True)]
    if len(set(labels)) < len(labels):
        raise InputError("Expected different runs to compare, but one folder was given twice.")
    return tuple(labels)


def _warnings(labels: Sequence[str], summaries: Sequence[Summary], common: dict[str, int]) -> list[str]:
    warnings = [
        f"The run of {label} is not complete: its numbers are of the images done so far."
        for label, summary in zip(labels, summaries, strict=True)
        if not summary.complete
    ]
    for title, values in (
        ("seeds", {s.settings.seed for s in summaries}),
        ("splits", {s.settings.split for s in summaries}),
        ("tolerances", {(s.settings.tolerance_px, s.settings.tolerance_mm) for s in summaries}),
    ):
        if len(values) > 1:
            warnings.append(f"The runs have different {title}: {', '.join(sorted(map(str, values)))}.")
    for dataset, count in common.items():
        found = {
            label: d.instances
            for label, s in zip(labels, summaries, strict=True)
            for d in s.datasets
            if d.name == dataset
        }
        if set(found.values()) != {count}:
            told = ", ".join(f"{label} {instances}" for label, instances in found.items())
            warnings.append(
                f"{dataset}: {count} objects are common to all runs ({told}); means are of each run's own objects, "
                "tests of the common ones."
            )
    return warnings
