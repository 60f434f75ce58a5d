"""A run's records to its summary.

Data sets are summarised one after the other, so that memory holds the columns of one of them at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ultrasam.errors import InputError
from ultrasam.evaluation.detection import detect
from ultrasam.evaluation.examples import choose_examples
from ultrasam.evaluation.metrics.average_precision import average_precision
from ultrasam.evaluation.metrics.calibration import expected_calibration_error, reliability
from ultrasam.evaluation.metrics.clicks import summarise_clicks
from ultrasam.evaluation.metrics.scores import AVERAGED
from ultrasam.evaluation.protocols import AUTOMATIC
from ultrasam.evaluation.records import RecordFile
from ultrasam.evaluation.run import left_out_of_data, record_file, skipped_when_read
from ultrasam.evaluation.settings import DataFacts, Settings, read_settings
from ultrasam.evaluation.statistics.bootstrap import (
    Estimate,
    PatientBootstrap,
    Replicates,
    macro_estimate,
    mean_by,
    pooled_estimate,
)
from ultrasam.evaluation.summary import SIZES, DatasetSummary, Distribution, OverallResult, ProtocolResult, Summary
from ultrasam.evaluation.table import Column, Table, read_table

RESAMPLES = 2000


def summarise(out: Path, *, resamples: int = RESAMPLES) -> Summary:
    """Summarise what a run's folder holds.

    Raises:
        InputError: the folder holds no run, or not one object was evaluated in it.
    """
    settings = read_settings(out)
    datasets: list[DatasetSummary] = []
    replicates: dict[tuple[str, int], dict[str, list[Replicates]]] = {}
    seconds: Counter[str] = Counter()
    failed: dict[str, list[dict[str, str]]] = {}
    for entry in left_out_of_data(out):
        failed.setdefault(entry["dataset"], []).append({"what": entry["what"], "reason": entry["reason"]})
    complete = True
    for facts in settings.data:
        records = record_file(out, facts.name)
        table = read_table(records)
        seconds.update(table.seconds)
        complete &= table.record_count >= facts.images
        skipped = [*skipped_when_read(out, facts.name), *table.skipped]
        if len(table):
            datasets.append(_summarise_set(facts, table, records, skipped, settings, resamples, replicates))
        elif skipped:
            failed[facts.name] = skipped
    if not datasets:
        raise InputError(f"Expected at least one evaluated object in {out}, but there is none: see its records.")
    overall = [
        OverallResult(
            protocol,
            step,
            {name: macro_estimate(strata) for name, strata in metrics.items()},
            {name: pooled_estimate(strata) for name, strata in metrics.items()},
        )
        for (protocol, step), metrics in replicates.items()
    ]
    return Summary(
        settings, tuple(datasets), tuple(overall), dict(seconds), complete, {k: tuple(v) for k, v in failed.items()}
    )


def _summarise_set(
    facts: DataFacts,
    table: Table,
    records: RecordFile,
    skipped: Sequence[dict[str, str]],
    settings: Settings,
    resamples: int,
    replicates: dict[tuple[str, int], dict[str, list[Replicates]]],
) -> DatasetSummary:
    bootstrap = PatientBootstrap(table.patients, resamples=resamples, seed=settings.seed)
    results = []
    for (protocol, step), columns in table.scores.items():
        drawn = {name: bootstrap.replicates(columns[name]) for name in _defined(protocol, columns)}
        for name, found in drawn.items():
            replicates.setdefault((protocol, step), {}).setdefault(name, []).append(found)
        estimates = {name: found.estimate() for name, found in drawn.items()}
        results.append(_result(protocol, step, table, estimates, bootstrap, records))
    return DatasetSummary(
        facts.name,
        facts.licence,
        table.image_count,
        len(table),
        table.known_patients,
        dict(sorted(Counter(table.categories.tolist()).items())),
        detect(records) if AUTOMATIC in settings.protocols else None,
        tuple(results),
        tuple(skipped),
        choose_examples(table, records, settings),
    )


def _result(
    protocol: str,
    step: int,
    table: Table,
    estimates: dict[str, Estimate],
    bootstrap: PatientBootstrap,
    records: RecordFile,
) -> ProtocolResult:
    columns = table.scores[protocol, step]
    steps = max(s for p, s in table.scores if p == protocol)
    last = step == steps
    predicted = columns["predicted_iou"]
    known = ~np.isnan(predicted) & (protocol != AUTOMATIC)
    bins = reliability(predicted[known], columns["iou"][known]) if known.any() else []
    by_click = np.stack([table.scores[protocol, s]["dice"] for s in range(1, steps + 1)], axis=1)
    return ProtocolResult(
        protocol,
        step,
        steps,
        estimates,
        {name: mean_by(columns[name], table.images) for name in estimates},
        {name: mean_by(columns[name], table.patients) for name in estimates},
        int(columns["empty"].sum()),
        Distribution.of(columns["dice"]),
        _by_group(columns["dice"], table.categories, bootstrap),
        _by_group(columns["dice"], _size_names(table.area_shares), bootstrap),
        tuple(bins),
        expected_calibration_error(bins) if bins else None,
        average_precision(*_coco(records, protocol, step)) if last else {},
        tuple(summarise_clicks(by_click)) if last and steps > 1 else (),
    )


def _defined(protocol: str, columns: dict[str, Column]) -> list[str]:
    """Metrics with a value. What a detector ranks by is no prediction of the IoU."""
    names = [name for name in AVERAGED if not np.isnan(columns[name]).all()]
    return [name for name in names if protocol != AUTOMATIC or name != "predicted_iou"]


def _by_group(values: Column, groups: npt.NDArray[np.str_], bootstrap: PatientBootstrap) -> dict[str, Estimate]:
    return {str(group): bootstrap.estimate(np.where(groups == group, values, np.nan)) for group in _in_order(groups)}


def _in_order(groups: npt.NDArray[np.str_]) -> list[str]:
    """Names that occur: sizes from small to large, others by the alphabet."""
    order = {name: i for i, (name, _) in enumerate(SIZES)}
    return sorted(set(groups.tolist()), key=lambda name: (order.get(name, 0), name))


def _size_names(shares: Column) -> npt.NDArray[np.str_]:
    bounds = np.array([bound for _, bound in SIZES])
    return np.array([name for name, _ in SIZES])[np.searchsorted(bounds, shares, side="right") - 1]


def _coco(
    records: RecordFile, protocol: str, step: int
) -> tuple[list[dict[str, object]], list[dict[str, object]], list[dict[str, object]]]:
    """Images, truths and predictions as COCO has them; one category, as no class is predicted from a prompt."""
    images: list[dict[str, object]] = []
    truths: list[dict[str, object]] = []
    predictions: list[dict[str, object]] = []
    for number, record in enumerate(records, 1):
        if protocol == AUTOMATIC and record["incomplete"]:
            # What was found there may be the object that cannot be used.
            continue
        size = record["size_hw"]
        images.append({"id": number, "height": size[0], "width": size[1]})
        place = {"image_id": number, "category_id": 1}
        for instance in record["instances"]:
            rle = {"size": size, "counts": instance["truth"]}
            area = instance["area_px"]
            truths.append({**place, "id": len(truths) + 1, "iscrowd": 0, "area": area, "segmentation": rle})
            for answer in instance["answers"]:
                if (answer["protocol"], answer["step"]) == (protocol, step) and answer["predicted_iou"] is not None:
                    predictions.append(
                        {
                            **place,
                            "score": answer["predicted_iou"],
                            "segmentation": {"size": size, "counts": answer["mask"]},
                        }
                    )
        for extra in record.get("unmatched", ()) if protocol == AUTOMATIC else ():
            segmentation = {"size": size, "counts": extra["mask"]}
            predictions.append({**place, "score": extra["predicted_iou"], "segmentation": segmentation})
    return images, truths, predictions
