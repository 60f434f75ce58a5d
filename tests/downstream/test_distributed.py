"""Two processes see what one with batches twice as large sees, and score all validation images."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.downstream.made_tasks import make_task_place
from tests.training.made_runs import lines
from ultrasam.downstream import finetune

COMMAND = """import sys

from ultrasam.downstream import finetune, read_finetune_recipe

finetune(read_finetune_recipe(overrides=sys.argv[2:]), sys.argv[1])
"""


def test_the_same_losses_and_scores(tmp_path):
    place = make_task_place(tmp_path / "place", "classification")
    # Three validation images are two for the one process and one for the other.
    options = ["head.dropout=0", "data.val_images=3", "run.steps=2", "run.validate_every=1"]
    one = finetune(place.recipe(*options), tmp_path / "one")
    command = tmp_path / "command.py"
    command.write_text(COMMAND)
    values = [*place.options, *options, "data.images=1", "run.devices=2", "run.strategy=ddp"]
    done = subprocess.run(
        [sys.executable, command, tmp_path / "two", *values],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )
    assert done.returncode == 0, done.stderr
    ours, theirs = lines(one.folder), lines(tmp_path / "two")
    assert [line["step"] for line in ours] == [line["step"] for line in theirs]
    for mine, other in zip(ours, theirs, strict=True):
        assert other == pytest.approx(mine, abs=1e-5)
