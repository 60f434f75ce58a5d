"""``results.json``: every object with its image, patient, structure, prompts and scores; without masks."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ultrasam.evaluation.comparison import Comparison
from ultrasam.evaluation.run import left_out_of_data, record_file, skipped_when_read
from ultrasam.evaluation.settings import read_settings
from ultrasam.evaluation.summary import Summary
from ultrasam.files import without_nan, written_whole


def write_results(out: Path) -> None:
    """Write a run's ``results.json`` from its records, image by image.

    ``{"run": settings, "instances": [...], "skipped": [...]}``. The masks stay in ``records/``, from which
    everything can be computed anew.
    """
    settings = read_settings(out)
    skipped = left_out_of_data(out)
    with written_whole(out / "results.json") as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write(f'{{"run": {_json(settings.as_dict())},\n"instances": [')
        separator = "\n"
        for facts in settings.data:
            skipped += [{"dataset": facts.name, **entry} for entry in skipped_when_read(out, facts.name)]
            for record in record_file(out, facts.name):
                skipped += [{"dataset": facts.name, **entry} for entry in record["skipped"]]
                for instance in record["instances"]:
                    file.write(separator + _json(_flat(facts.name, record, instance)))
                    separator = ",\n"
        file.write(f'\n],\n"skipped": {_json(skipped)}}}\n')


def write_summary_json(summary: Summary, out: Path) -> None:
    """Write ``summary.json``: all numbers of the reports, for machines."""
    with written_whole(out / "summary.json") as temporary:
        temporary.write_text(numbers_as_json(summary), encoding="utf-8")


def numbers_as_json(found: Summary | Comparison) -> str:
    """All numbers as JSON; what is not defined is null."""
    return json.dumps(without_nan(asdict(found)), indent=1, allow_nan=False)


def _flat(dataset: str, record: dict[str, Any], instance: dict[str, Any]) -> dict[str, Any]:
    answers = [{key: value for key, value in answer.items() if key != "mask"} for answer in instance["answers"]]
    about = {key: value for key, value in instance.items() if key not in ("answers", "truth")}
    image = {key: record[key] for key in ("image_id", "image", "patient", "size_hw")}
    return {"dataset": dataset, **image, **about, "answers": answers}


def _json(value: Any) -> str:
    return json.dumps(value, allow_nan=False)
