import dataclasses

import pytest

from tests.downstream.testing.made import SETTINGS, made_records, made_test
from ultrasam.downstream.testing.notes import notes_of
from ultrasam.downstream.testing.tested import Tested


def of(tmp_path, change, count=40, kind="classification"):
    records = made_records(kind, tmp_path, count)
    change(records)
    return notes_of(Tested.of(dataclasses.replace(SETTINGS, kind=kind), records))


def test_a_good_test_needs_no_note(tmp_path):
    assert of(tmp_path, lambda records: None) == ()


def test_an_absent_class_is_named(tmp_path):
    def all_lesions(records):
        for record in records:
            record["cases"][0]["truth"] = [0]

    (note,) = of(tmp_path, all_lesions)
    assert note.startswith("vessel is not among the test images: what needs it")
    assert note.endswith("where the model says it all the same, F1 and Dice count that as 0.")


@pytest.mark.parametrize("kind", ["classification", "semantic", "instance"])
def test_rare_classes_are_named_with_their_number(kind, tmp_path):
    notes = of(tmp_path, lambda records: None, count=24 if kind == "classification" else 12, kind=kind)
    assert not any("lesion (" in note for note in notes if kind != "classification")
    _, tested = made_test(kind, tmp_path, count=12)
    assert "vessel (6)" in " ".join(notes_of(tested))


def test_few_patients_are_told(tmp_path):
    def few(records):
        for number, record in enumerate(records):
            record["patient"] = f"p{number % 4}"

    def one(records):
        for record in records:
            record["patient"] = "p"

    assert "4 patients only" in " ".join(of(tmp_path, few))
    assert "one patient" in " ".join(of(tmp_path, one))


def test_a_class_that_is_only_answered_is_absent(tmp_path):
    def without_vessels(records):
        for record in records:
            common, answered, _ = record["counts"][1]
            record["counts"][1] = [0, answered + common + 1, 0]

    notes = of(tmp_path, without_vessels, kind="semantic")
    assert any(note.startswith("vessel is not among the test images") for note in notes)


def test_a_long_list_of_classes_is_cut(tmp_path):
    records = made_records("classification", tmp_path, 40)
    for record in records:
        record["cases"] = [{"truth": [0], "answer": [1.0] + [0.0] * 19}]
    settings = dataclasses.replace(SETTINGS, classes=tuple(f"c{i}" for i in range(20)))
    (note,) = notes_of(Tested.of(settings, records))
    assert note.startswith("c1, c2, c3, c4, c5, c6, c7, c8 and 11 other classes are not among")
