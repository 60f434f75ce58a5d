"""``predictions.csv``: a line per image or object, for spreadsheets and other statistics."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ultrasam.downstream.metrics.semantic import image_dice
from ultrasam.downstream.testing.tested import Tested
from ultrasam.files import written_whole

PREDICTIONS = "predictions.csv"
_DIGITS = 6


def write_predictions(tested: Tested, folder: Path) -> None:
    """Write the file; a number that is not defined is an empty cell."""
    with (
        written_whole(folder / PREDICTIONS) as temporary,
        temporary.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file,
    ):
        rows = list(_rows(tested))
        writer = csv.DictWriter(file, list(rows[0]) if rows else ["image"])
        writer.writeheader()
        writer.writerows(rows)


def _rows(tested: Tested) -> Iterator[dict[str, Any]]:
    if tested.kind == "classification":
        yield from _classifications(tested)
    elif tested.kind == "regression":
        for record, case in tested.cases:
            row = _about(record, case)
            for name, truth, answer in zip(tested.classes, case["truth"], case["answer"], strict=True):
                row |= {f"true {name}": truth, f"predicted {name}": answer}
            yield row
    elif tested.kind == "semantic":
        for record, dice in zip(tested.records, image_dice(tested.counts()), strict=True):
            named = zip(tested.classes, dice, strict=True)
            yield {**_about(record), **{f"Dice {name}": _number(value) for name, value in named}}
    else:
        for record, found in zip(tested.records, tested.found(), strict=True):
            row = _about(record)
            for name, one in zip(tested.classes, found, strict=True):
                row |= {
                    f"objects {name}": one.objects,
                    f"shown {name}": int(one.kept.sum()),
                    f"found {name}": int((one.right[0] & one.kept).sum()),
                    f"Dice {name}": _number(float(one.dice.mean()) if one.objects else float("nan")),
                }
            yield row


def _classifications(tested: Tested) -> Iterator[dict[str, Any]]:
    case_of = tested.classified()
    for (record, case), truth, decided in zip(tested.cases, case_of.truths, case_of.decided, strict=True):
        yield {
            **_about(record, case),
            "truth": _names(tested, truth.tolist()),
            "predicted": _names(tested, decided.tolist()),
            "right": int(np.array_equal(truth, decided)),
            **{
                f"probability {name}": _number(value)
                for name, value in zip(tested.classes, case["answer"], strict=True)
            },
        }


def _about(record: dict[str, Any], case: dict[str, Any] | None = None) -> dict[str, Any]:
    box = (case or {}).get("box_xyxy")
    shown = {} if box is None else {"box": " ".join(f"{side:g}" for side in box)}
    return {"image": record["image"], "patient": record["patient"] or "", **shown}


def _names(tested: Tested, marked: list[bool]) -> str:
    return ";".join(name for name, is_marked in zip(tested.classes, marked, strict=True) if is_marked)


def _number(value: float) -> float | str:
    return "" if value != value else round(float(value), _DIGITS)
