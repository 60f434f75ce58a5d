"""The commands as their users run them, on made data with a small network."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import yaml
from PIL import Image

from tests.downstream.made_tasks import CLASSES, make_task_place
from tests.training.made_runs import lines
from ultrasam.downstream import finetune, machine, read_finetune_recipe
from ultrasam.downstream.testing import read_tested


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("ULTRASAM_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    return {
        task: make_task_place(tmp_path_factory.mktemp(task), task)
        for task in ("classification", "regression", "semantic")
    }


@pytest.fixture
def run(command):
    return partial(command, "finetune")


def options(place, *, steps=4):
    """What the user would leave to the package, made small."""
    values = ["data.images=2", "head.width=32", "head.queries=5", "head.decoder_layers=1", "head.encoder_layers=1"]
    values += ["run.validate_every=2", "run.log_every=1", "run.accelerator=cpu"]
    sets = [word for value in values for word in ("--set", value)]
    return ["--data", place.data, "--weights", place.weights, "--steps", steps, *sets]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["segment"], "Expected --out DIR"),
        (["segment", "--out", "x"], "Expected --data DIR|FILE"),
        (["segment", "--data", "absent", "--out", "x"], "absent"),
        (["classify", "--out", "x"], "Expected --data DIR|FILE"),
        (["classify", "--data", "d", "--out", "x", "--target", "age", "--several"], "Expected --target for numbers"),
        (["classify", "--data", "d", "--out", "x", "--share", "0"], "Expected --share above 0"),
        (["classify", "--data", "d", "--out", "x", "--train", "nothing"], "trainable.what"),
        (["classify", "--data", "d", "--out", "x", "--set", "optimiser.speed=1"], "optimiser.speed"),
        (["classify", "--data", "d", "--out", "x", "--max-time", "soon"], "Expected a time such as"),
        (["classify", "--data", "d", "--out", "x", "--patient", "p(("], "regular expression"),
        (["segment", "--recipe", "absent.yaml", "--out", "x"], "absent.yaml"),
        (["prompt", "--out", "x"], "Expected --data DIR|FILE"),
        (["prompt", "--data", "d"], "Expected --out DIR"),
        (["segment", "--data", "d", "--out", "x", "--input-size", "250"], "Expected a recipe in the given values, but"),
    ],
)
def test_what_cannot_be_run_is_told_in_a_line(run, words, message):
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert err.startswith("ultrasam: ")
    assert message in err
    assert err.count("\n") == 1


def test_classes_from_data_to_report(run, places, tmp_path):
    place = places["classification"]
    code, out, err = run("classify", "--out", "x", *options(place))
    assert code == 0, err
    assert "Chosen for 6 training images on" in err
    assert "trainable.what=head (no GPU here" in err
    assert "made: images 6 to train on, 4 to choose the best weights by, 2 to test on." in err
    assert f"Classes: {', '.join(CLASSES)}" in err
    assert out.startswith("Done: 4 steps.\nBest at step")
    assert "balanced accuracy" in out
    assert "Report: x/test/report.html" in out
    assert "Use it: ultrasam classify IMAGE --model x\n" in out
    tested = read_tested(tmp_path / "x/test")
    assert len(tested.records) == 2
    assert (tmp_path / "x/test/report.html").is_file()


def test_a_marked_object_from_data_to_answer(run, command, places, tmp_path):
    place = places["classification"]
    code, out, err = run("classify", "--prompted", "--out", "x", *options(place, steps=2))
    assert code == 0, err
    assert "Use it: ultrasam classify IMAGE --model x --box X0,Y0,X1,Y1\n" in out
    picture = next((place.data / "images").iterdir())
    code, out, err = command("classify", picture, "--model", "x", "--box", "5,5,30,30")
    assert code == 0, err
    assert "object 1" in out
    assert command("classify", picture, "--model", "x")[0] == 2


def test_the_same_command_goes_on_with_what_was_chosen(run, places, tmp_path, monkeypatch):
    words = ["classify", "--out", "x", *options(places["classification"])]
    code, out, err = run(*words, "--max-time", "0s")
    assert code == 0
    assert out.startswith("Stopped after step 1 of 4, as its time is over; the same command goes on.\n")
    assert "Report" not in out
    # Today another program takes nearly all memory.
    monkeypatch.setattr(machine, "free_memory_gb", lambda: 0.1)
    code, out, err = run(*words)
    assert code == 0, err
    assert "Goes on at step 1." in err
    assert "Chosen" not in err
    assert out.startswith("Done: 4 steps.\n")
    assert [line["step"] for line in lines(tmp_path / "x")][-1] == 4
    assert run(*words, "--set", "run.seed=1")[0] == 2
    assert run(*words, "--set", "run.seed=1", "--restart")[0] == 0


def test_a_run_goes_on_where_other_values_would_be_chosen(run, places, tmp_path, monkeypatch):
    words = ["classify", "--out", "x", *options(places["classification"])]
    monkeypatch.setattr(machine, "this_machine", lambda _: machine.Machine("mps", 10.0, 2))
    assert run(*words, "--max-time", "0s")[0] == 0
    began = read_finetune_recipe(tmp_path / "x/recipe.yaml")
    assert (began.trainable.what, began.optimiser.layer_decay) == ("all", 0.9)
    monkeypatch.setattr(machine, "this_machine", lambda _: machine.Machine("cpu", 10.0, 2))
    code, out, err = run(*words)
    assert code == 0, err
    assert out.startswith("Done: 4 steps.\n")
    assert read_finetune_recipe(tmp_path / "x/recipe.yaml") == began


def test_a_run_that_failed_before_it_began_binds_nobody(run, places, tmp_path):
    words = ["classify", "--out", "x", *options(places["classification"])]
    # What a command leaves that was refused when its network was put together.
    (tmp_path / "x").mkdir()
    (tmp_path / "x/recipe.yaml").write_text(read_finetune_recipe(overrides=["run.seed=9", "run.patience=1"]).to_yaml())
    code, _, err = run(*words)
    assert code == 0, err
    assert read_finetune_recipe(tmp_path / "x/recipe.yaml").run.patience == 6
    (tmp_path / "x/last.ckpt").unlink()
    assert run(*words, "--set", "run.seed=9")[0] == 2, "weights bind, too"


@pytest.mark.parametrize("kind", ["classify", "prompt"])
def test_a_folder_of_another_command_is_told(run, places, tmp_path, kind):
    (tmp_path / "x").mkdir()
    (tmp_path / "x/recipe.yaml").write_text("steps: 5\n")
    (tmp_path / "x/last.ckpt").touch()
    words = [kind, "--data", places["classification"].data]
    code, _, err = run(*words, "--out", "x")
    assert code == 2
    assert "ultrasam: Expected a run of this command in x, but its recipe.yaml is none of its recipes" in err


def test_a_finished_run_is_told_again_without_being_tested_anew(run, places, tmp_path):
    words = ["classify", "--out", "x", *options(places["classification"], steps=2)]
    first = run(*words)
    records = tmp_path / "x/test/records.jsonl"
    before = records.stat().st_mtime_ns
    second = run(*words)
    assert first[:2] == second[:2]
    assert records.stat().st_mtime_ns == before


def test_json_has_the_numbers_of_the_report(run, places, tmp_path):
    code, out, _ = run("classify", "--out", "x", *options(places["classification"], steps=2), "--json")
    assert code == 0
    facts = json.loads(out)
    assert (facts["step"], facts["steps"], facts["stopped"], facts["ended_early"]) == (2, 2, None, False)
    assert facts["test"] == json.loads((tmp_path / "x/test/results.json").read_text())
    assert facts["test"]["images"] == 2


def test_a_number_that_is_not_defined_is_null_in_json(run, places, monkeypatch):
    def without_a_class(*words, **options):
        result = finetune(*words, **options)
        return replace(result, best={**result.best, "val/auroc": float("nan")})

    monkeypatch.setattr("ultrasam.downstream.finetune", without_a_class)
    code, out, _ = run("classify", "--out", "x", *options(places["classification"], steps=2), "--json")
    assert code == 0
    best = json.loads(out, parse_constant=pytest.fail)["best"]
    assert best["val/auroc"] is None
    assert best["val/f1"] >= 0


def test_numbers_of_a_table(run, places, tmp_path):
    place = places["classification"]
    folder = tmp_path / "table"
    rows = []
    for number in range(30):
        (folder / "images").mkdir(parents=True, exist_ok=True)
        grey = np.random.default_rng(number).integers(0, 256, (40, 50), np.uint8)
        Image.fromarray(grey).save(folder / "images" / f"p{number // 2:02}_{number}.png")
        rows.append({"image": f"p{number // 2:02}_{number}.png", "age": 20.0 + number})
    with (folder / "ages.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["image", "age"])
        writer.writeheader()
        writer.writerows(rows)
    words = [str(word) for word in options(place, steps=2)]
    words[words.index("--data") + 1] = str(folder / "ages.csv")
    code, out, err = run("classify", "--target", "age", "--patient", "^(p[0-9]+)_", "--out", "x", *words)
    assert code == 0, err
    assert "Values: age" in err
    assert "mae" in out
    recipe = read_finetune_recipe(tmp_path / "x/recipe.yaml")
    assert recipe.task == "regression"
    assert recipe.data.reading.targets == ("age",)
    assert recipe.data.reading.patient_pattern == "^(p[0-9]+)_"
    patients = [record["patient"] for record in read_tested(tmp_path / "x/test").records]
    assert patients
    assert all(len(patient) == 3 for patient in patients)


def test_maps_or_objects_by_the_data(run, places, tmp_path):
    place = places["semantic"]
    _, out, err = run("segment", "--show", *options(place))
    assert yaml.safe_load(out)["task"] == "semantic"
    assert "0 of 24 times an image has two objects or more of a class: maps of classes" in err
    assert yaml.safe_load(run("segment", "--show", "--instance", *options(place))[1])["task"] == "instance"
    two = tmp_path / "two"
    two.mkdir()
    document = json.loads((place.data / "coco.json").read_text())
    for annotation in document["annotations"]:
        annotation["category_id"] = 1
    document["categories"] = document["categories"][:1]
    (two / "coco.json").write_text(json.dumps(document))
    (two / "images").symlink_to(place.data / "images")
    words = [str(word) for word in options(place)]
    words[words.index("--data") + 1] = str(two)
    _, out, err = run("segment", "--show", *words)
    assert yaml.safe_load(out)["task"] == "instance"
    assert "12 of 12 times" in err
    assert yaml.safe_load(run("segment", "--show", "--semantic", *words)[1])["task"] == "semantic"


@pytest.mark.parametrize("kind", ["--semantic", "--instance"])
def test_masks_from_data_to_report(run, places, tmp_path, kind):
    place = places["semantic"]
    code, out, err = run("segment", kind, "--out", "x", *options(place, steps=2))
    assert code == 0, err
    assert "Use it: ultrasam segment IMAGE --model x\n" in out
    assert ("dice" if kind == "--semantic" else "ap50") in out
    assert len(read_tested(tmp_path / "x/test").records) == 2


def test_a_shown_recipe_is_what_runs(run, places, tmp_path):
    words = ["segment", "--semantic", *options(places["semantic"], steps=2)]
    code, shown, _ = run(*words, "--show", "--train", "lora")
    assert code == 0
    (tmp_path / "own.yaml").write_text(shown)
    code, _, err = run("segment", "--recipe", "own.yaml", "--out", "x")
    assert code == 0, err
    assert "Chosen" not in err
    assert (tmp_path / "x/recipe.yaml").read_text() == shown
    code, _, err = run("classify", "--recipe", "own.yaml", "--out", "y")
    assert code == 2
    assert "Expected a recipe for classification or regression, but own.yaml is for semantic" in err


def test_what_is_to_be_known_of_the_data_is_told(run, places, tmp_path):
    place = places["classification"]
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "images").mkdir()
    for picture in (place.data / "images").iterdir():
        (damaged / "images" / picture.name).write_bytes(picture.read_bytes())
    (damaged / "coco.json").write_text((place.data / "coco.json").read_text())
    (damaged / "images/12.png").write_bytes(b"no picture")
    words = [str(word) for word in options(place, steps=2)]
    words[words.index("--data") + 1] = str(damaged)
    code, out, err = run("classify", "--out", "x", *words)
    assert (code, out) == (2, "")
    assert "12.png" in err
    assert not (tmp_path / "x/last.ckpt").exists()
    code, out, err = run("classify", "--out", "x", *words, "--leave-out-unusable")
    assert code == 0, err
    assert "Note: " in err
    assert "12.png" in (tmp_path / "x/test/summary.md").read_text()


def test_prompts_are_answered_better_or_not_and_told(run, places, tmp_path):
    place = places["semantic"]
    values = ["data.images=2", "data.objects=1", "run.validate_every=2", "run.log_every=1", "run.accelerator=cpu"]
    sets = [word for value in values for word in ("--set", value)]
    words = ["prompt", "--data", place.data, "--weights", place.weights, "--steps", "2", *sets]
    code, out, err = run(*words, "--out", "x")
    assert code == 0, err
    assert "trainable.what=decoder (no GPU here: images are embedded once)" in err
    assert "Without effect" not in err
    for protocol in ("box", "point-interior", "clicks-5"):
        assert protocol in out
    assert "Report: x/test/comparison.html" in out
    assert "Use them: ultrasam segment IMAGE --model x" in out
    code, out, _ = run(*words, "--out", "x", "--json")
    assert code == 0
    facts = json.loads(out)
    assert {gain["protocol"] for gain in facts["gains"]} == {"box", "box-shift-15", "clicks-5", "point-interior"}
    shown = yaml.safe_load(run(*words, "--show", "--train", "lora")[1])
    assert (shown["trainable"]["what"], shown["run"]["steps"]) == ("lora", 2)
