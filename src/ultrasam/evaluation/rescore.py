"""All scores of a run anew, from the masks in its records: after a metric or a tolerance has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from ultrasam.evaluation.answers import score_answer
from ultrasam.evaluation.metrics.scores import Tolerances
from ultrasam.evaluation.records import RecordFile
from ultrasam.evaluation.run import record_file
from ultrasam.evaluation.settings import Settings, read_settings, write_settings
from ultrasam.files import alone
from ultrasam.imaging import rle_to_mask


def rescore(
    out: Path,
    tolerance_px: float | None = None,
    tolerance_mm: float | None = None,
    *,
    on_image: Callable[[], None] | None = None,
) -> None:
    """Rewrite a run's records with fresh scores; prompts, masks and what the network said stay.

    A run of which this was stopped is refused by everything else until it has been done.

    Raises:
        InputError: the folder holds no run, or another process is at work in it.
    """
    with alone(out):
        settings = read_settings(out, even_if_rescoring=True)
        px = settings.tolerance_px if tolerance_px is None else tolerance_px
        mm = settings.tolerance_mm if tolerance_mm is None else tolerance_mm
        # Said first and taken back last: a stop in between must not leave old scores under a new tolerance.
        settings = replace(settings, tolerance_px=px, tolerance_mm=mm, software=Settings.software, rescoring=True)
        write_settings(out, settings, anew=True)
        for facts in settings.data:
            records = record_file(out, facts.name)
            if records.path.exists():
                records.rewrite(_rescored(records, Tolerances(px, mm), on_image))
        write_settings(out, replace(settings, rescoring=False), anew=True)


def _rescored(
    records: RecordFile, tolerances: Tolerances, on_image: Callable[[], None] | None
) -> Iterator[dict[str, Any]]:
    for record in records:
        _rescore_image(record, tolerances)
        yield record
        if on_image is not None:
            on_image()


def _rescore_image(record: dict[str, Any], tolerances: Tolerances) -> None:
    size = record["size_hw"]
    for instance in record["instances"]:
        truth = rle_to_mask({"size": size, "counts": instance["truth"]})
        spacing = None if instance["spacing_mm"] is None else tuple(instance["spacing_mm"])
        for answer in instance["answers"]:
            mask = rle_to_mask({"size": size, "counts": answer["mask"]})
            answer.update(score_answer(mask, truth, spacing, tolerances))
