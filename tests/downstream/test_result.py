"""What the file of a run says about itself."""

from __future__ import annotations

import pytest

from tests.downstream.made_tasks import CLASSES, make_task_place
from tests.training.made_runs import CONFIG, SIZE, small_network
from ultrasam.downstream import finetune, read_finetune_recipe
from ultrasam.downstream.result import task_of
from ultrasam.downstream.targets import Targets
from ultrasam.modeling.heads.config import HeadConfig, Task
from ultrasam.training.training_facts import read_training_facts
from ultrasam.weights import Checkpoint, read_checkpoint

HEAD = HeadConfig("pooled", 2)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ULTRASAM_CACHE", str(tmp_path / "cache"))


def told(*overrides, kind="sam", before=None):
    """The task of a file that was made from weights ``first.pt`` of a kind."""
    recipe = read_finetune_recipe(overrides=["model.weights=first.pt", *overrides])
    initial = Checkpoint({}, CONFIG, "sam", kind, {}, "", SIZE, task=before)
    return task_of(recipe, Targets("classification", CLASSES), HEAD, initial)


def before(promptable):
    return Task("classification", CLASSES, HEAD, promptable=promptable, initial="older.pt")


@pytest.mark.parametrize(
    ("overrides", "options", "promptable", "initial"),
    [
        (["trainable.what=head"], {}, True, "first.pt"),
        (["trainable.what=all"], {}, False, "first.pt"),
        (["trainable.what=lora"], {}, False, "first.pt"),
        (["trainable.what=head", "head.kind=prompted"], {}, False, "first.pt"),
        (["trainable.what=head"], {"kind": "random"}, False, "first.pt"),
        (["trainable.what=head"], {"before": before(True)}, True, "first.pt"),
        (["trainable.what=all"], {"before": before(True)}, False, "first.pt"),
        (["trainable.what=head"], {"before": before(False)}, False, "older.pt"),
    ],
)
def test_who_answers_prompts(overrides, options, promptable, initial):
    task = told(*overrides, **options)
    assert (task.promptable, task.initial) == (promptable, initial)


def test_a_run_from_random_weights_names_none(tmp_path, monkeypatch):
    place = make_task_place(tmp_path / "place", "classification")
    made = Checkpoint(small_network().state_dict(), CONFIG, "sam", "random", {}, "0" * 64, SIZE)
    monkeypatch.setattr("ultrasam.downstream.job.initial_network", lambda *names, **options: (small_network(), made))
    finetune(place.recipe("model.weights=random", "model.input_size=128", "run.steps=2"), tmp_path / "run")
    checkpoint = read_checkpoint(tmp_path / "run")
    assert checkpoint.input_size == 128
    facts = read_training_facts(checkpoint.metadata)
    assert facts.initial is None
    assert facts.licence.startswith("unclear")
    assert (facts.title, facts.steps, facts.samples) == ("Says which of cyst, nodule an image shows", 2, 4)
    assert [(entry.split, entry.images) for entry in facts.data + facts.validation] == [("train", 6), ("val", 4)]
