"""Evaluation from Python, in one call."""

import json
import sys

import pytest

from tests.evaluation.made_data import make_folder
from tests.inference.small_finetuned import write_finetuned
from tests.inference.small_model import small_segmenter
from ultrasam.errors import InputError, MissingExtraError
from ultrasam.evaluation import evaluate, evaluate_predictions, read_folders
from ultrasam.inference import load

FILES = {"results.json", "summary.json", "summary.md", "tables.tex", "report.html", "run.json", "records"}


def test_a_model_is_measured_in_one_call(tmp_path):
    folders, _ = read_folders([make_folder(tmp_path / "data", images=2)])
    told = []
    summary = evaluate(
        small_segmenter(), folders, tmp_path / "run", protocols=["box"], on_image=lambda *done: told.append(done)
    )
    assert summary.complete
    assert summary.datasets[0].instances == 4
    assert summary.settings.model.title == "made for tests"
    assert summary.settings.model.licence == "none"
    assert (summary.settings.model.precision, summary.settings.model.backend) == ("fp32", "torch")
    assert told == [("made", 0, 2), ("made", 1, 2), ("made", 2, 2)]
    assert {path.name for path in (tmp_path / "run").iterdir()} >= FILES


def test_the_split_is_that_of_the_data_and_what_was_left_out_is_told(tmp_path):
    paths = [
        make_folder(tmp_path / name, images=1, name=name, split=split) for name, split in (("a", "val"), ("b", "x"))
    ]
    folders, left_out = read_folders(paths, "val")
    summary = evaluate(small_segmenter(), folders, tmp_path / "run", protocols=["box"], left_out=left_out)
    assert summary.settings.split == "val"
    assert [(name, entry["what"]) for name, entry in summary.left_out()] == [("b", "the data set")]
    assert "b, the data set: Expected a split of b among x (1)" in (tmp_path / "run" / "summary.md").read_text()
    mixed = [*folders, *read_folders(paths[1:], "x")[0]]
    with pytest.raises(InputError, match=r"one split, but got \['val', 'x'\]"):
        evaluate(small_segmenter(), mixed, tmp_path / "other", protocols=["box"])


def test_predictions_are_measured_in_one_call(tmp_path):
    folder = make_folder(tmp_path / "data", images=1)
    truths = json.loads((folder / "coco.json").read_text())["annotations"]
    (tmp_path / "mine.json").write_text(json.dumps([{**truth, "score": 0.5} for truth in truths]))
    folders, _ = read_folders([folder])
    summary = evaluate_predictions(tmp_path / "mine.json", folders[0], tmp_path / "run")
    assert summary.datasets[0].result("automatic").estimates["dice"].mean == 1
    assert summary.settings.model.name == "mine"


@pytest.mark.parametrize("package", ["scipy", "matplotlib"])
def test_a_missing_package_is_told_before_an_image_is_read(tmp_path, monkeypatch, package):
    folders, _ = read_folders([make_folder(tmp_path / "data", images=1)])
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf'the package {package}: .*"ultrasam\[evaluate\]"'):
        evaluate(small_segmenter(), folders, tmp_path / "run", protocols=["box"])
    assert not (tmp_path / "run").exists()


def test_an_unknown_protocol_is_told_before_anything_is_written(tmp_path):
    folders, _ = read_folders([make_folder(tmp_path / "data", images=1)])
    with pytest.raises(InputError, match="'bix'"):
        evaluate(small_segmenter(), folders, tmp_path / "run", protocols=["bix"])
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("kind", ["semantic", "pooled"])
def test_a_model_that_answers_without_prompts_is_no_model_for_protocols(tmp_path, kind):
    model = load(write_finetuned(tmp_path / "model.safetensors", kind, initial="mobile-sam"))
    folders, _ = read_folders([make_folder(tmp_path / "a")], "test")
    with pytest.raises(InputError, match=r"promptable model for protocols.*mobile-sam"):
        evaluate(model, folders, tmp_path / "run")
    assert not (tmp_path / "run").exists()
