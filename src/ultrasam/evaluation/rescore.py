"""All scores of a run anew, from the masks in its records: after a metric or a tolerance has changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ultrasam.evaluation.answers import score_answer
from ultrasam.evaluation.metrics.scores import Tolerances
from ultrasam.evaluation.run import alone, record_file
from ultrasam.evaluation.settings import read_settings, write_settings
from ultrasam.files import written_whole
from ultrasam.imaging import rle_to_mask


def rescore(
    out: Path,
    tolerance_px: float | None = None,
    tolerance_mm: float | None = None,
    *,
    on_image: Callable[[], None] | None = None,
) -> None:
    """Rewrite a run's records with fresh scores; prompts, masks and what the network said stay.

    Each data set's records are replaced as a whole, so that a stop leaves old or new ones, never a mixture in one.

    Raises:
        InputError: the folder holds no run, or another process is at work in it.
    """
    settings = read_settings(out)
    px = settings.tolerance_px if tolerance_px is None else tolerance_px
    mm = settings.tolerance_mm if tolerance_mm is None else tolerance_mm
    tolerances = Tolerances(px, mm)
    with alone(out):
        for facts in settings.data:
            records = record_file(out, facts.name)
            records.recover()
            if not records.path.exists():
                continue
            with written_whole(records.path) as temporary, temporary.open("w", encoding="utf-8") as file:
                for record in records:
                    _rescore_image(record, tolerances)
                    file.write(json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n")
                    if on_image is not None:
                        on_image()
        # Last: a stop before it leaves a run that says its old tolerance, and the command can be given again.
        write_settings(out, replace(settings, tolerance_px=px, tolerance_mm=mm), anew=True)


def _rescore_image(record: dict[str, Any], tolerances: Tolerances) -> None:
    size = record["size_hw"]
    for instance in record["instances"]:
        truth = rle_to_mask({"size": size, "counts": instance["truth"]})
        spacing = None if instance["spacing_mm"] is None else tuple(instance["spacing_mm"])
        for answer in instance["answers"]:
            mask = rle_to_mask({"size": size, "counts": answer["mask"]})
            answer.update(score_answer(mask, truth, spacing, tolerances))
