"""Two processes see what one with batches twice as large sees."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.training.made_runs import last, lines, make_place
from ultrasam.training import train

COMMAND = "from ultrasam.cli.main import main\n\nmain()\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    # Validation images that two processes cannot share alike: two batches against one.
    return make_place(tmp_path_factory.mktemp("place"), val=3)


@pytest.fixture(scope="module")
def two(place, tmp_path_factory):
    """The folder of a run of two processes, what they printed and what they told."""
    folder = tmp_path_factory.mktemp("two")
    command = folder / "command.py"
    command.write_text(COMMAND)
    values = [*place.options, "data.images=1", "run.devices=2", "run.strategy=ddp", "run.ema=0.9"]
    words = [word for value in values for word in ("--set", value)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, command, "train", "--out", folder / "run", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )
    assert done.returncode == 0, done.stderr
    return folder / "run", done.stdout, done.stderr


@pytest.fixture(scope="module")
def one(place, tmp_path_factory):
    return train(place.recipe("run.ema=0.9"), tmp_path_factory.mktemp("one")).folder


def test_the_same_losses_and_scores(one, two):
    ours, theirs = lines(one), lines(two[0])
    assert [line["step"] for line in ours] == [line["step"] for line in theirs]
    for mine, other in zip(ours, theirs, strict=True):
        assert other == pytest.approx(mine, abs=1e-5)


def test_the_same_weights(one, two):
    mine, other = last(one)["state_dict"], last(two[0])["state_dict"]
    assert mine.keys() == other.keys()
    # Adam divides by the gradient's size: where that is all but nothing, its rounding counts.
    steps = sum((mine[name] - other[name]).abs().double().sum() for name in mine if mine[name].is_floating_point())
    initial = sum(value.numel() for value in mine.values())
    assert steps / initial < 1e-6


def test_things_are_said_once(two):
    _, out, err = two
    assert out.count("Done: 4 steps.") == 1
    assert err.count("Training on") == 1
    # PyTorch's C++ says itself, whatever is asked for in Python, where it has found no unused parameters.
    told = [line for line in err.splitlines() if "reducer.cpp" not in line]
    assert [line for line in told if not line.startswith(("Training on", "step "))] == []
    # A slow machine has a line a minute, too.
    for step in (2, 4):
        assert sum(line.startswith(f"step {step} of 4: ") and "Dice" in line for line in told) == 1
