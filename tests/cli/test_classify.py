"""The command as its user runs it, with small random models."""

import csv
import json
import shutil

import pytest

import ultrasam
from tests.inference.small_finetuned import write_finetuned, write_promptable
from tests.references import EXAMPLES, shared

HEAD = EXAMPLES / "fetal_head.png"
NERVE = EXAMPLES / "nerve.png"


@pytest.fixture
def run(command, tmp_path):
    """Run ``ultrasam classify`` with a model of a kind; give exit code, stdout and stderr."""

    def call(kind, *arguments):
        model = tmp_path / f"{kind}.safetensors"
        if not model.exists():
            write_finetuned(model, kind)
        return command("classify", *arguments, "--model", model)

    return call


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_lines_for_people_and_a_table(run, tmp_path):
    code, out, err = run("pooled", HEAD, NERVE, "--out", "table.csv")
    assert code == 0
    assert err == ""
    model = ultrasam.load(tmp_path / "pooled.safetensors")
    lines = out.splitlines()
    assert len(lines) == 3
    for path, line, row in zip((HEAD, NERVE), lines, rows(tmp_path / "table.csv"), strict=False):
        found = model.predict(ultrasam.read(path).frame(0))
        assert (row["file"], row["frame"], row["label"]) == (str(path), "0", found.label)
        assert [float(row["p_lesion"]), float(row["p_vessel"])] == pytest.approx(found.probabilities, abs=1e-5)
        assert line.startswith(str(path))
        assert f"  {found.label}  ({found.label} {100 * found.probabilities.max():.1f} %" in line
    assert lines[0].index("  (") - lines[1].index("  (") == len(lines[0].split()[1]) - len(lines[1].split()[1])
    assert "2 of 2 files done" in lines[2]
    assert "table.csv" in lines[2]


def test_json_goes_to_stdout_alone(run, tmp_path):
    code, out, err = run("several", HEAD, "--json", "--out", "all.json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert document == json.loads((tmp_path / "all.json").read_text())
    (record,) = document["results"]
    assert set(record["probabilities"]) == {"lesion", "vessel"}
    assert set(record["labels"]) <= {"lesion", "vessel"}
    assert document["model"]["classes"] == ["lesion", "vessel"]


def test_values_of_a_regression(run, tmp_path):
    code, out, _ = run("regression", NERVE, "--out", "values.csv")
    assert code == 0
    (row,) = rows(tmp_path / "values.csv")
    found = ultrasam.load(tmp_path / "regression.safetensors").predict(ultrasam.read(NERVE).frame(0))
    assert [float(row["ef"]), float(row["age"])] == pytest.approx(found.values, rel=1e-5)
    assert "label" not in row
    assert f"ef {found.values[0]:.4g}" in out


def test_several_labels_are_joined(run, tmp_path):
    code, _, _ = run("several", NERVE, "--out", "labels.csv")
    assert code == 0
    (row,) = rows(tmp_path / "labels.csv")
    expected = [name for name in ("lesion", "vessel") if float(row[f"p_{name}"]) > 0.5]
    assert row["label"] == ";".join(expected)


def test_marked_objects(run, tmp_path):
    boxes = ["--box", "61,143,150,207", "--box", "148,168,252,234"]
    code, out, _ = run("prompted", NERVE, *boxes, "--out", "objects.csv")
    assert code == 0
    assert [row["object"] for row in rows(tmp_path / "objects.csv")] == ["1", "2"]
    assert "object 2" in out
    prompts = {"*nerve.png": [{"name": "left", "points_xy": [[100, 170]]}]}
    (tmp_path / "prompts.json").write_text(json.dumps(prompts))
    code, out, err = run("prompted", NERVE, HEAD, "--prompts", "prompts.json")
    assert code == 0
    assert "  left  " in out
    assert "1 of 2 files" in err


def test_cines(run, tmp_path):
    cine = shared("dicom/pydicom/test_files/examples_ybr_color.dcm")
    code, out, _ = run("pooled", cine, "--frame", "::10", "--out", "cine.csv")
    assert code == 0
    assert [row["frame"] for row in rows(tmp_path / "cine.csv")] == ["0", "10", "20"]
    assert "frame 20 of 30" in out


def test_a_bad_file_does_not_stop_the_others(run, tmp_path):
    (tmp_path / "empty.png").write_bytes(b"")
    shutil.copy(NERVE, tmp_path / "nerve.png")
    code, out, err = run("pooled", "empty.png", "absent.png", "nerve.png", "--out", "table.csv")
    assert code == 2
    assert [row["file"] for row in rows(tmp_path / "table.csv")] == ["nerve.png"]
    assert "1 of 3 files done" in out
    assert err.count("\n") == 2
    assert "Traceback" not in err
    _, out, _ = run("pooled", "empty.png", "nerve.png", "--json")
    assert [entry["file"] for entry in json.loads(out)["failed"]] == ["empty.png"]


@pytest.mark.parametrize(
    ("kind", "arguments", "message"),
    [
        ("pooled", [], "Expected files"),
        ("pooled", [HEAD, "--box", "1,2,30,40"], "whole images"),
        ("pooled", [HEAD, "--out", "table.xlsx"], ".csv or .json"),
        ("prompted", [HEAD], "the object that a prompt marks"),
        ("prompted", [HEAD, "--box", "1,2,3"], "four numbers"),
        ("semantic", [HEAD], "ultrasam segment"),
        ("pooled", ["no*match.png"], "no*match"),
    ],
)
def test_mistakes_are_one_sentence_and_code_2(run, tmp_path, kind, arguments, message):
    code, out, err = run(kind, *arguments)
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert message in err
    assert not (tmp_path / "table.xlsx").exists()


def test_a_model_is_needed_and_it_must_classify(command, tmp_path):
    code, _, err = command("classify", HEAD)
    assert code == 2
    assert "--model" in err
    code, _, err = command("classify", HEAD, "--model", write_promptable(tmp_path / "sam.safetensors"))
    assert code == 2
    assert "finetune classify" in err
