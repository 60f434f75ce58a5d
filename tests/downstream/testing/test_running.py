"""A whole test of small models: its folder, its numbers against scikit-learn, and what can go wrong."""

import csv
import dataclasses
import json
import math

import numpy as np
import pytest
from sklearn import metrics

import ultrasam
from tests.downstream.testing.made import made_examples
from tests.inference.small_finetuned import CLASSES, write_finetuned, write_promptable
from ultrasam.corpus import Skipped
from ultrasam.downstream import testing
from ultrasam.downstream.testing.report import REPORT
from ultrasam.errors import InputError
from ultrasam.evaluation.statistics.bootstrap import PatientBootstrap


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    return made_examples(tmp_path_factory.mktemp("images"))


def run(folder, examples, kind="pooled", **options):
    folder.mkdir(exist_ok=True, parents=True)
    if not (folder / "model.safetensors").exists():
        write_finetuned(folder / "model.safetensors", kind)
    classes = ("ef", "age") if kind == "regression" else CLASSES
    return testing.test(folder, examples, classes, out=folder / "test", **{"resamples": 30, "report": False, **options})


def lines(folder):
    with (folder / "predictions.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("kind", ["pooled", "several", "prompted", "regression", "semantic", "instance"])
def test_every_task_is_tested_and_reported(kind, examples, tmp_path):
    result = run(tmp_path, examples, kind, report=True)
    expected = {"test.json", "records.jsonl", "results.json", "predictions.csv", "summary.md", "report.html"}
    assert {path.name for path in (tmp_path / "test").iterdir()} - {".lock"} == expected
    assert (result.images, result.patients) == (6, 3)
    assert result.cases == (9 if kind == "prompted" else 6)
    tested = testing.read_tested(result.folder)
    assert {n: e.mean for n, e in result.overall.items()} == pytest.approx(tested.values(), nan_ok=True)
    bootstrap = PatientBootstrap(tested.patients, resamples=30, seed=0)
    for name, drawn in tested.replicates(bootstrap).items():
        if not np.isnan(drawn).any():
            low, high = np.percentile(drawn, [2.5, 97.5])
            assert (result.overall[name].low, result.overall[name].high) == pytest.approx((low, high))


@pytest.mark.parametrize(
    ("unknown", "told"),
    [(0, "6 test images, 3 patients."), (1, "3 patients, none known of 1 image."), (6, "no patient known.")],
)
def test_whose_images_they_are_is_told(unknown, told, examples, tmp_path):
    some = [
        dataclasses.replace(example, patient=None if i < unknown else example.patient)
        for i, example in enumerate(examples)
    ]
    result = run(tmp_path, some, "semantic")
    assert result.of_nobody == unknown
    assert told in (result.folder / "summary.md").read_text(encoding="utf-8")
    assert testing.test(tmp_path, some, CLASSES, out=tmp_path / "test", resamples=30, report=False).of_nobody == unknown


def test_numbers_are_those_of_scikit_learn_on_the_table_of_predictions(examples, tmp_path):
    result = run(tmp_path, examples)
    rows = lines(result.folder)
    truth, said = ([CLASSES.index(row[name]) for row in rows] for name in ("truth", "predicted"))
    chance = [float(row["probability vessel"]) for row in rows]
    assert result.overall["auroc"].mean == pytest.approx(metrics.roc_auc_score(truth, chance))
    assert result.overall["balanced_accuracy"].mean == pytest.approx(metrics.balanced_accuracy_score(truth, said))
    assert [int(row["right"]) for row in rows] == [int(t == s) for t, s in zip(truth, said, strict=True)]
    assert {row["patient"] for row in rows} == {"patient 0", "patient 1", "patient 2"}


def test_errors_are_those_of_the_table_of_predictions(examples, tmp_path):
    result = run(tmp_path, examples, "regression")
    rows = lines(result.folder)
    errors = [abs(float(row["predicted ef"]) - float(row["true ef"])) for row in rows]
    assert result.by_class["mae"][0].mean == pytest.approx(np.mean(errors))


def test_what_was_tested_is_not_tested_again_unless_something_changed(examples, tmp_path):
    told = []
    first = run(tmp_path, examples, on_image=lambda *pair: told.append(pair))
    assert told[-1] == (6, 6)
    records = (tmp_path / "test" / "records.jsonl").stat().st_mtime_ns

    def is_new():
        return (tmp_path / "test" / "records.jsonl").stat().st_mtime_ns != records

    again = run(tmp_path, examples, report=True)
    # As words, since a number that is not defined is not even itself.
    assert str(again) == str(first)
    assert not is_new()
    # What was left out the first time is made up for.
    assert (tmp_path / "test" / REPORT).exists()
    run(tmp_path, examples, resamples=31)
    assert is_new()
    assert not (tmp_path / "test" / REPORT).exists()


@pytest.mark.parametrize("change", ["examples", "weights", "restart", "damaged"])
def test_another_test_is_made_anew(change, examples, tmp_path):
    first = run(tmp_path, examples)
    if change == "damaged":
        (first.folder / "results.json").write_text("{")
    if change == "weights":
        write_finetuned(tmp_path / "model.safetensors", "pooled", seed=1)
    asked = []
    run(
        tmp_path,
        examples[:-1] if change == "examples" else examples,
        restart=change == "restart",
        batch=2,
        on_image=lambda done, of: asked.append(done),
    )
    assert asked[0] == 2


@pytest.mark.parametrize("kind", ["pooled", "semantic"])
def test_an_image_that_cannot_be_used_is_left_out_and_told(kind, examples, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no image")
    bad = [
        dataclasses.replace(examples[0], name="broken.png", path=broken),
        dataclasses.replace(examples[0], name="other size.png", size_hw=(40, 57)),
    ]
    result = run(tmp_path / "run", [*bad, *examples], kind, left_out=[Skipped("made", "image x", "Because.")])
    assert result.images == 6
    told = {entry.what: entry.reason for entry in result.left_out}
    assert set(told) == {"image x", "image broken.png", "image other size.png"}
    assert "57 x 40" in told["image other size.png"]
    assert "2 test images could not be used." in result.notes
    assert "broken.png" in (result.folder / "summary.md").read_text(encoding="utf-8")


def test_an_image_whose_mask_is_damaged_does_not_stop_the_others(examples, tmp_path):
    damaged = dataclasses.replace(examples[1].instances[0], segmentation={"size": [40, 56], "counts": "1"})
    bad = dataclasses.replace(examples[1], instances=(damaged,))
    result = run(tmp_path, [examples[0], bad, *examples[2:]], "semantic")
    assert result.images == 5
    assert [entry.what for entry in result.left_out] == ["image image-1.png"]


def test_a_single_image_and_an_absent_class_are_tested_with_notes(examples, tmp_path):
    result = run(tmp_path, examples[:1], report=True)
    assert math.isnan(result.overall["auroc"].mean)
    assert any(note.startswith("vessel is not among the test images") for note in result.notes)
    assert any("one patient" in note for note in result.notes)
    stored = json.loads((result.folder / "results.json").read_text(encoding="utf-8"))
    assert stored["overall"]["auroc"]["mean"] is None
    assert stored["settings"]["sha256"] == ultrasam.load(tmp_path).checkpoint.sha256


def test_images_without_an_object_cannot_be_shown_to_a_prompted_classifier(examples, tmp_path):
    empty = dataclasses.replace(examples[0], instances=())
    result = run(tmp_path, [empty, *examples[1:]], "prompted")
    assert result.cases == 8
    assert any("no object that could be shown" in note for note in result.notes)


def test_what_cannot_be_tested_is_told(examples, tmp_path):
    with pytest.raises(InputError, match="at least one test image"):
        run(tmp_path / "a", [])
    promptable = write_promptable(tmp_path / "promptable.safetensors")
    with pytest.raises(InputError, match="have no head"):
        testing.test(promptable, examples, CLASSES, out=tmp_path / "b")
    gone = [dataclasses.replace(example, path=tmp_path / "gone.png") for example in examples]
    with pytest.raises(InputError, match=r"there is none\. image-0\.png: "):
        run(tmp_path / "c", gone)
    with pytest.raises(InputError, match=r"there is no test\.json"):
        testing.read_tested(tmp_path)


def test_a_loaded_model_and_a_file_are_tested_as_a_folder_is(examples, tmp_path):
    first = run(tmp_path, examples)
    file = tmp_path / "model.safetensors"
    for name, model in (("file", file), ("loaded", ultrasam.load(file))):
        other = testing.test(model, examples, CLASSES, out=tmp_path / name, resamples=30, report=False)
        assert other.overall == first.overall
