from __future__ import annotations

import pytest

from ultrasam.downstream import read_finetune_recipe
from ultrasam.downstream.choices import Choice, Chooser, chosen_before, value_of


def test_what_the_user_gave_stays_and_is_not_noted():
    chooser = Chooser(read_finetune_recipe(overrides=["run.steps=7"]), {"run.steps"})
    assert chooser.pick("run.steps", 100, "few") == 7
    assert chooser.pick("run.ema", 0.9, "steady") == 0.9
    assert chooser.choices == (Choice("run.ema", 0.9, "steady"),)


def test_a_whole_branch_may_be_given():
    chooser = Chooser(read_finetune_recipe(overrides=["run={steps: 7}"]), {"run"})
    assert chooser.pick("run.steps", 100, "few") == 7
    assert chooser.pick("optimiser.lr", 0.1, "few") == 0.1


def test_a_name_that_begins_alike_is_another():
    chooser = Chooser(read_finetune_recipe(), {"run.ste"})
    assert chooser.pick("run.steps", 100, "few") == 100


@pytest.mark.parametrize("value", [0.001, 12, True, "head", None])
def test_an_override_reads_back(value):
    name = {float: "optimiser.lr", int: "run.steps", bool: "model.checkpoint_encoder", str: "trainable.what"}
    choice = Choice(name.get(type(value), "model.input_size"), value, "")
    assert value_of(read_finetune_recipe(overrides=[choice.override]), choice.name) == value


def test_as_it_was_in_a_run_that_began():
    kept = read_finetune_recipe(overrides=["run.steps=7", "optimiser.lr=0.5"])
    found = chosen_before(kept, {"optimiser"}, ("run.steps", "optimiser.lr", "model.input_size"))
    assert [(choice.name, choice.value) for choice in found] == [("run.steps", 7), ("model.input_size", None)]
