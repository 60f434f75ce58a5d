"""The table of predictions says what the records say."""

import csv

import numpy as np
import pytest

from tests.downstream.testing.made import made_test
from ultrasam.downstream.testing.predictions import write_predictions
from ultrasam.evaluation.metrics.overlap import dice
from ultrasam.imaging import rle_to_mask


@pytest.fixture
def rows(request, tmp_path):
    _, tested = made_test(request.param, tmp_path)
    write_predictions(tested, tmp_path)
    with (tmp_path / "predictions.csv").open(encoding="utf-8", newline="") as file:
        return tested, list(csv.DictReader(file))


def mask_of(record, entries, number):
    masks = [rle_to_mask({"size": record["size_hw"], "counts": e["mask"]}) for e in entries if e["class"] == number]
    return masks[0] if masks else None


@pytest.mark.parametrize("rows", ["semantic"], indirect=True)
def test_dice_of_each_image_is_that_of_its_masks(rows):
    tested, table = rows
    for record, row in zip(tested.records, table, strict=True):
        for number, name in enumerate(tested.classes):
            truth, answer = (mask_of(record, record[key], number) for key in ("truths", "answers"))
            assert (
                row[f"Dice {name}"] == ""
                if truth is None
                else float(row[f"Dice {name}"]) == pytest.approx(dice(answer, truth), abs=1e-6)
            )


@pytest.mark.parametrize("rows", ["instance"], indirect=True)
def test_objects_shown_and_found_are_counted(rows):
    tested, table = rows
    assert sum(int(row["objects vessel"]) for row in table) == 6
    for record, row in zip(tested.records, table, strict=True):
        shown = [entry for entry in record["answers"] if entry["class"] == 0 and entry["score"] >= 0.5]
        assert int(row["shown lesion"]) == len(shown)
        assert int(row["found lesion"]) <= len(shown)


@pytest.mark.parametrize("rows", ["regression"], indirect=True)
def test_values_are_beside_the_truth(rows):
    _, table = rows
    assert [float(row["true age"]) for row in table] == pytest.approx(2.5 * np.arange(12))
    assert list(table[0]) == ["image", "patient", "true ef", "predicted ef", "true age", "predicted age"]


@pytest.mark.parametrize("rows", ["classification"], indirect=True)
def test_an_unknown_patient_is_an_empty_cell(rows):
    _, table = rows
    assert (table[0]["patient"], table[1]["patient"]) == ("", "patient 0")
