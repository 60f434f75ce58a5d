"""The command as its user runs it: the bundled model on made data at a small input, and on a few real images."""

import json
import shutil
from dataclasses import replace
from functools import partial

import pytest

from tests.evaluation.made_data import edit, make_folder
from tests.references import shared
from ultrasam.cli.terminal import out
from ultrasam.weights import DEFAULT, read_checkpoint, resolve, write_checkpoint


@pytest.fixture
def run(command):
    """Run ``ultrasam evaluate``; give exit code, stdout and stderr."""
    return partial(command, "evaluate")


SMALL = ("--input-size", 256)


def test_a_run_writes_everything(run, tmp_path):
    make_folder(tmp_path / "data", images=2)
    code, out, err = run("--data", "data", "--protocol", "box,clicks-2", "--out", "runs/x", *SMALL)
    assert code == 0
    assert "made: 2 of 2 images done" in err
    names = {path.name for path in (tmp_path / "runs/x").iterdir()}
    expected = {"run.json", "results.json", "summary.json", "summary.md", "tables.tex", "report.html", "records"}
    assert expected <= names
    results = json.loads((tmp_path / "runs/x/results.json").read_text())
    assert [answer["step"] for answer in results["instances"][0]["answers"]] == [1, 1, 2]
    assert results["run"]["model"]["name"] == DEFAULT
    mean = sum(i["answers"][0]["dice"] for i in results["instances"]) / 4
    assert f"{mean:.3f}" in out
    assert "in the encoder and the decoder" in out


def test_a_run_records_the_input_size_of_its_weights(run, tmp_path):
    make_folder(tmp_path / "data", images=1)
    write_checkpoint(tmp_path / "small.safetensors", replace(read_checkpoint(resolve(DEFAULT)), input_size=128))
    words = ("--data", "data", "-p", "box", "--model", "small.safetensors", "--out", "x")
    assert run(*words)[0] == 0
    assert json.loads((tmp_path / "x/run.json").read_text())["model"]["input_size"] == 128
    assert run(*words, "--input-size", 128)[0] == 0, "the same run"
    assert run(*words, "--input-size", 192)[0] == 2


def test_the_standard_suite_is_the_default_and_the_same_command_goes_on(run, tmp_path):
    make_folder(tmp_path / "data", images=1)
    words = ("--data", "data", "--out", "x", *SMALL)
    assert run(*words)[0] == 0
    before = (tmp_path / "x/results.json").read_bytes()
    assert list(json.loads(before)["run"]["protocols"]) == [
        "point-interior",
        "point-centre",
        "box",
        "box-shift-15",
        "point-box",
        "clicks-5",
    ]
    assert run(*words)[0] == 0
    assert (tmp_path / "x/results.json").read_bytes() == before


def test_runs_are_compared(run, tmp_path):
    make_folder(tmp_path / "data", images=4)
    for name, size in (("a", 256), ("b", 192)):
        assert run("--data", "data", "-p", "box", "--out", f"runs/{name}", "--input-size", size)[0] == 0
    (tmp_path / "runs/stray").mkdir()
    code, out, err = run("compare", "runs/a", "runs/b", "runs/stray", "--out", "comparison")
    assert code == 0
    assert f"{DEFAULT} (a)" in out
    assert "runs/stray holds no run" in err
    code, out, _ = run("compare", "runs/a", "runs/b", "--json")
    assert [test["first"] for test in json.loads(out)["tests"]] == [f"{DEFAULT} (a)"]
    assert {path.name for path in (tmp_path / "comparison").iterdir()} == {
        "comparison.md",
        "comparison.tex",
        "comparison.html",
    }


def test_reports_and_scores_anew(run, tmp_path):
    make_folder(tmp_path / "data", images=1)
    run("--data", "data", "-p", "box", "--out", "x", *SMALL)
    (tmp_path / "x/report.html").unlink()
    shutil.rmtree(tmp_path / "data")
    code, out, _ = run("report", "x", "--json")
    assert code == 0
    assert json.loads(out) == json.loads((tmp_path / "x/summary.json").read_text())
    assert (tmp_path / "x/report.html").exists(), "without the images, too"
    assert run("rescore", "x", "--tolerance-px", 7)[0] == 0
    assert json.loads((tmp_path / "x/run.json").read_text())["tolerance_px"] == 7


def test_predictions_of_any_detector(run, tmp_path):
    folder = make_folder(tmp_path / "data", images=2)
    annotations = json.loads((folder / "coco.json").read_text())["annotations"]
    (tmp_path / "detector.json").write_text(json.dumps([{**a, "score": 0.9} for a in annotations[:3]]))
    code, out, _ = run("--data", "data", "--predictions", "detector.json", "--out", "x")
    assert code == 0
    assert "automatic" in out
    assert "0.750" in out


def test_protocols_are_listed(run):
    code, out, _ = run("protocols")
    assert code == 0
    assert "box-shift-15" in out
    assert "the farthest from the outline" in out


def test_several_sets_of_which_one_has_not_the_split(run, tmp_path):
    make_folder(tmp_path / "corpus/a", images=1, name="a")
    make_folder(tmp_path / "corpus/b", images=1, name="b", split="train")
    code, _, err = run("--data", "corpus", "-p", "box", "--out", "x", *SMALL)
    assert code == 0
    assert "Left out:" in err
    assert "train (1)" in err
    assert [d["name"] for d in json.loads((tmp_path / "x/run.json").read_text())["data"]] == ["a"]


def test_many_sets_are_summed_up_where_the_terminal_is_narrow(run, tmp_path, monkeypatch):
    for i in range(3):
        make_folder(tmp_path / f"corpus/a_set_with_a_long_name_{i}", images=1, name=f"a_set_with_a_long_name_{i}")
    _, narrow, _ = run("--data", "corpus", "-p", "box", "--out", "x", *SMALL)
    assert "mean of the sets" in narrow
    assert "a_set_with_a_long_name_1" not in narrow
    assert "The 3 data sets one by one: x/summary.md" in narrow
    monkeypatch.setattr(out, "_width", 160)
    _, wide, _ = run("report", "x")
    assert "a_set_with_a_long_name_1" in wide


def test_what_was_left_out_is_counted(run, tmp_path):
    folder = make_folder(tmp_path / "data", images=2)
    (folder / "images/1.png").unlink()
    code, out, _ = run("--data", "data", "-p", "box", "--out", "x", *SMALL)
    assert code == 0
    assert "Left out (data sets, images, annotations): 1;" in out
    assert json.loads((tmp_path / "x/results.json").read_text())["skipped"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "Expected --data DIR and --out DIR"),
        (("--data", "data"), "Expected --data DIR and --out DIR"),
        (("--data", "nowhere", "--out", "x"), "nowhere"),
        (("--data", "data", "--split", "holdout", "--out", "x"), "test (1)"),
        (("--data", "data", "--protocol", "bix", "--out", "x"), "'bix'"),
        (("--data", "data", "--model", "nothing", "--out", "x"), "nothing"),
        (("--data", "data", "--data", "twin", "--out", "x"), "are both named made"),
        (
            ("--data", "data", "--data", "other", "--predictions", "p.json", "--out", "x"),
            "one data set with --predictions",
        ),
        (("--data", "data", "--predictions", "p.json", "-m", DEFAULT, "--out", "x"), "either --predictions or"),
        (("report", "data"), "has no run.json"),
        (("compare", "data"), "at least two runs"),
    ],
)
def test_bad_words_are_one_line(run, tmp_path, words, message):
    make_folder(tmp_path / "data", images=1)
    make_folder(tmp_path / "twin", images=1)
    make_folder(tmp_path / "other", images=1, name="other")
    code, _, err = run(*words)
    assert code == 2
    assert message in err
    assert "Traceback" not in err
    assert not (tmp_path / "x").exists()


def test_a_data_set_without_one_usable_image(run, tmp_path):
    folder = make_folder(tmp_path / "data", images=1)
    shutil.rmtree(folder / "images")
    code, _, err = run("--data", "data", "--out", "x")
    assert code == 2
    assert "Expected annotated images of the split test" in err


def test_annotations_that_fail_on_decoding_alone(run, tmp_path):
    folder = make_folder(tmp_path / "data", images=1)
    edit(folder, lambda d: [a["segmentation"].update(counts="zz") for a in d["annotations"]])
    code, _, err = run("--data", "data", "-p", "box", "--out", "x", *SMALL)
    assert code == 2
    assert "at least one evaluated object" in err


def test_real_images_with_real_weights(run, tmp_path):
    data = shared("corpus/BUS-BRA")
    code, out, _ = run("--data", data, "--limit", 2, "-p", "box,point-interior", "--out", "x")
    assert code == 0
    assert "BUS-BRA" in out
    results = json.loads((tmp_path / "x/results.json").read_text())
    boxes = [a["dice"] for i in results["instances"] for a in i["answers"] if a["protocol"] == "box"]
    assert len(boxes) == 2
    assert min(boxes) > 0.5
    assert "UltraSam" in (tmp_path / "x/summary.md").read_text(), "published numbers stand beside"
