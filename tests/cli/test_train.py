"""The command as its user runs it, on made data with a small network."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import torch
import yaml

from tests.training.made_runs import last, lines, make_place
from ultrasam.cli.progress import StepProgress
from ultrasam.training import module, read_recipe, recipe_names
from ultrasam.training.callbacks import History

COMMAND = "from ultrasam.cli.main import main\n\nmain()\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return make_place(tmp_path_factory.mktemp("place"))


@pytest.fixture
def options(place):
    """Data and weights by their own options, the rest by --set."""
    values = [text for text in place.options if not text.startswith(("data.folders", "model.weights", "run.steps"))]
    words = [word for text in values for word in ("--set", text)]
    return ["--data", place.data, "--weights", place.weights, "--steps", "4", *words]


@pytest.fixture
def run(command):
    """Run ``ultrasam train``; give exit code, stdout and stderr."""
    return partial(command, "train")


def test_recipes_are_listed(run):
    code, out, _ = run("--list")
    assert code == 0
    assert out.split() == recipe_names()


def test_a_shown_recipe_reads_back(run, tmp_path):
    code, out, _ = run("ultrasam-tiny", "--show", "--data", "x", "--train", "lora", "--set", "optimiser.lr=1.0e-3")
    assert code == 0
    (tmp_path / "own.yaml").write_text(out)
    assert read_recipe(tmp_path / "own.yaml") == read_recipe(
        "ultrasam-tiny", overrides=["data.folders=[x]", "trainable.what=lora", "optimiser.lr=1.0e-3"]
    )
    assert yaml.safe_load(out)["optimiser"]["lr"] == 1e-3
    assert run("--show")[1] == read_recipe().to_yaml()


def test_names_with_signs_that_mean_something_in_yaml(run):
    names = ["a #1.pt", "b: c", "d'e\"f", "[g", "ä 🩺"]
    words = [word for name in names for word in ("--data", name)]
    shown = yaml.safe_load(run("--show", "--weights", "a #1.pt", *words)[1])
    assert shown["model"]["weights"] == "a #1.pt"
    assert shown["data"]["folders"] == names


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "Expected a recipe or --data DIR"),
        (["--out", "x"], "Expected a recipe or --data DIR"),
        (["official"], "Expected --out DIR"),
        (["official", "--out", "x"], "Expected --data DIR"),
        (["no-such", "--out", "x"], "Expected one of the recipes"),
        (["--data", "absent", "--out", "x"], "absent"),
        (["official", "--data", "d", "--out", "x", "--max-time", "soon"], "Expected a time such as"),
        (["official", "--data", "d", "--out", "x", "--set", "optimiser.speed=1"], "optimiser.speed"),
        (["official", "--data", "d", "--out", "x", "--set", "optimiser.lr"], "Expected an override as name.name=value"),
        (["official", "--data", "d", "--out", "x", "--train", "nothing"], "trainable.what"),
    ],
)
def test_what_cannot_be_run_is_told_in_a_line(run, words, message):
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert err.startswith("ultrasam: ")
    assert message in err
    assert err.count("\n") == 1


def test_a_run_is_told_goes_on_and_is_done(run, options, tmp_path, monkeypatch):
    monkeypatch.setattr(StepProgress, "_SECONDS_BETWEEN_LINES", 1e9)
    code, out, err = run("--out", "x", *options, "--max-time", "0s")
    assert code == 0
    assert out.startswith("Stopped after step 1 of 4, as its time is over; the same command goes on.\n")
    assert "Weights" not in out
    assert "Training on 4 images of 1 data set; the weights are chosen by 3 validation images." in err
    assert "Goes on" not in err
    code, out, err = run("--out", "x", *options)
    assert code == 0
    assert "Goes on at step 1." in err
    told = [line for line in err.splitlines() if line.startswith("step ")]
    assert [line.partition(":")[0] for line in told] == ["step 2 of 4", "step 4 of 4"], "a line for each validation"
    assert all("loss" in line and "validation Dice" in line and "images/s" in line for line in told)
    assert out.startswith("Done: 4 steps.\n")
    best = max((line for line in lines(tmp_path / "x") if "val/dice" in line), key=lambda line: line["val/dice"])
    assert f"Best at step {best['step']}, on validation images: dice {best['val/dice']:.3f}, box" in out
    assert f"ultrasam segment IMAGE --model {Path('x/model.safetensors')}" in out
    before = out
    code, out, err = run("--out", "x", *options)
    assert (code, out, err) == (0, before, "")
    assert run("--out", "x", *options, "--set", "run.seed=1")[0] == 2
    assert run("--out", "x", *options, "--set", "run.seed=1", "--restart")[0] == 0


def test_numbers_as_json(run, options, tmp_path):
    code, out, _ = run("--out", "x", *options, "--json", "--steps", "2")
    assert code == 0
    facts = json.loads(out)
    assert (facts["step"], facts["steps"], facts["stopped"], facts["best_step"]) == (2, 2, None, 2)
    assert (tmp_path / facts["weights"]).is_file()
    assert facts["best"]["val/dice"] == lines(tmp_path / "x")[-1]["val/dice"]


def test_a_log_has_a_line_every_minute(run, options, monkeypatch):
    clock = iter(range(0, 10_000, 40))
    monkeypatch.setattr("ultrasam.cli.progress.monotonic", lambda: next(clock))
    _, _, err = run("--out", "x", *options, "--steps", "5", "--set", "run.validate_every=5")
    told = [line.partition(" of")[0] for line in err.splitlines() if line.startswith("step ")]
    assert 2 < len(told) < 6
    assert told[-1] == "step 5"


def interrupt(monkeypatch, times):
    tell = History._tell

    def interrupted(self, trainer, **options):
        tell(self, trainer, **options)
        if trainer.global_step == 3:
            for _ in range(times):
                os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(History, "_tell", interrupted)


@pytest.fixture
def ctrl_c():
    """Ctrl-C as in a terminal, also where the tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c(run, options, tmp_path, monkeypatch, ctrl_c, times):
    interrupt(monkeypatch, times)
    code, out, err = run("--out", "x", *options)
    assert code == 130
    assert "Traceback" not in err
    if times == 1:
        assert out.startswith("Stopped after step 3 of 4, as it was told to end (SIGINT); the same command goes on.\n")
    assert last(tmp_path / "x")["global_step"] == (3 if times == 1 else 2)


def test_a_loss_that_is_no_number_is_told_in_a_line(run, options, tmp_path, monkeypatch):
    embed = module.PromptedSegmentation.embeddings
    monkeypatch.setattr(module.PromptedSegmentation, "embeddings", lambda self, batch: embed(self, batch) * torch.nan)
    code, out, err = run("--out", "x", *options)
    assert (code, out) == (2, "")
    (line,) = [line for line in err.splitlines() if not line.startswith("Training on")]
    assert line.startswith("ultrasam: Expected a finite loss, but got nan at step 0")
    assert (tmp_path / "x/batches-of-step-0-process-0.pt").is_file()


def test_nothing_else_is_printed(options, tmp_path):
    command = tmp_path / "command.py"
    command.write_text(COMMAND)
    # Readers of their own, as Lightning has advice about their number.
    words = [sys.executable, command, "train", "--out", tmp_path / "x", *options, "--set", "data.workers=1"]
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, check=False, timeout=1800)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Done: 4 steps.\nBest at step")
    # A slow machine has a line a minute, beside those of validations.
    first, *others = done.stderr.splitlines()
    assert first.startswith("Training on 4 images")
    assert {"step 2 of 4", "step 4 of 4"} <= {line.partition(":")[0] for line in others}
    assert all(line.startswith("step ") for line in others), done.stderr
