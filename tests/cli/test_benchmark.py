"""The command with made-up processes, and once with real ones."""

import json

import pytest
from PIL import Image

from tests.benchmarking.made_outcomes import measured
from tests.inference.small_finetuned import write_promptable
from ultrasam.benchmarking import workspace
from ultrasam.benchmarking.combinations import REFERENCE
from ultrasam.benchmarking.job import Job


@pytest.fixture
def jobs(monkeypatch):
    """Made-up processes; what they were told."""
    told = []

    def run_process(job, answer, *, cache):
        told.append(Job.read(job))
        if told[-1].combination != REFERENCE:
            return "out of memory"
        if told[-1].runs:
            if len(told) > 5:
                raise KeyboardInterrupt
            measured([1.0] * told[-1].runs, prompts=told[-1].prompt_counts).write(answer)
            return None
        return "broken" if told[-1].weights == "broken" else _first(told[-1], answer)

    monkeypatch.setattr(workspace, "run_process", run_process)
    return told


def _first(job, answer):
    import numpy as np

    from ultrasam.benchmarking.agreement import Answers

    masks = tuple(np.ones((len(boxes), 4, 4), bool) for boxes in job.boxes)
    Answers(np.ones((len(masks), 1, 2, 2), np.float32), masks).write(job.answers)
    measured([]).write(answer)


def test_real_processes(command, tmp_path):
    weights = write_promptable(tmp_path / "tiny.safetensors")
    Image.new("L", (40, 32), 90).save(tmp_path / "scan.png")
    only = ("--backend", "torch", "--precision", "fp32")
    code, out, _ = command(
        "benchmark", tmp_path / "scan.png", "--model", weights, "--device", "cpu", *only, "--quick", "--json"
    )
    assert code == 0
    told = json.loads(out)
    (row,) = told["rows"]
    assert row["name"] == "torch fp32"
    assert row["agreement"]["dice_min"] == 1
    assert set(row["prompts_s"]) == {"1", "8"}
    assert (told["rounds"], told["runs"], told["complete"]) == (1, 2, True)
    assert told["images"] == "1 image of 40 x 32 pixels"
    # A report is to be shown to others.
    assert told["command"].startswith("ultrasam benchmark scan.png --model tiny.safetensors --device cpu")
    assert str(tmp_path) not in out


def test_the_report_is_printed_and_written(command, tmp_path, jobs):
    words = ("--device", "cpu", "--backend", "torch", "--rounds", 2, "--prompts", 3, "--runs", 4)
    code, out, err = command("benchmark", *words, "--out", "folder/speed.md")
    assert code == 0
    assert (tmp_path / "folder" / "speed.md").read_text() in out
    assert "each of 3" in out
    assert "torch fp32" in out
    assert "Written: folder/speed.md" in err
    assert "a made image of 800 x 600 pixels" in out
    assert {job.runs for job in jobs} == {0, 4}
    assert {job.prompt_counts for job in jobs} == {(3,)}


def test_json_is_written_too(command, tmp_path, jobs):
    code, out, _ = command(
        "benchmark", "--device", "cpu", "--precision", "fp32", "--quick", "-o", "speed.json", "--json"
    )
    assert code == 0
    assert json.loads((tmp_path / "speed.json").read_text()) == json.loads(out)


@pytest.mark.parametrize("quick", [False, True])
def test_a_quick_look_leaves_graphs_where_the_user_has_them(command, monkeypatch, quick):
    caches = []
    monkeypatch.setattr(workspace, "run_process", lambda job, answer, *, cache: caches.append(cache) or "enough")
    words = ("--device", "cpu", "--backend", "torch", "--precision", "fp32")
    command("benchmark", *words, *(["--quick"] if quick else []))
    assert [cache is None for cache in caches] == [quick]


def test_a_combination_that_fails_is_listed(command, jobs):
    code, out, _ = command("benchmark", "--device", "cpu", "--backend", "openvino", "--precision", "fp32", "--quick")
    assert code == 0
    assert "- openvino fp32: out of memory" in out


def test_ctrl_c_keeps_what_was_measured(command, tmp_path, jobs):
    words = ("--device", "cpu", "--backend", "torch", "--precision", "fp32", "--rounds", 9)
    code, out, err = command("benchmark", *words, "--out", "speed.md")
    assert code == 130
    assert "Stopped before the end" in out
    assert "| torch fp32" in (tmp_path / "speed.md").read_text()
    assert "stopped" in err


def test_where_nothing_could_be_measured_the_exit_code_says_so(command, jobs):
    code, out, _ = command("benchmark", "--model", "broken", "--device", "cpu", "--backend", "torch", "--quick")
    assert code == 2
    assert "- torch fp32: broken" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--backend", "tensorflow"], "Expected --backend with any of torch, onnxruntime, openvino"),
        (["--precision", "fp64"], "Expected --precision with any of fp32"),
        (["--out", "speed.txt"], "ends in .md or .json"),
        (["--device", "abacus"], "Expected a device that is here"),
        (["no-such.png"], "no such file"),
    ],
    ids=lambda value: "",
)
def test_wrong_words_are_said_at_once(command, jobs, words, message):
    code, _, err = command("benchmark", *words)
    assert code == 2
    assert message in err
    assert not jobs


def test_of_many_images_some_are_taken(command, tmp_path, jobs):
    for number in range(23):
        Image.new("L", (20 + number, 30), 90).save(tmp_path / f"{number:02}.png")
    code, out, err = command(
        "benchmark", tmp_path, "--device", "cpu", "--backend", "torch", "--precision", "fp32", "--quick"
    )
    assert code == 0
    assert "first 20 are taken" in err
    assert "20 images of 20 x 30 to 39 x 30 pixels" in out
    assert {len(job.images) for job in jobs} == {20}
