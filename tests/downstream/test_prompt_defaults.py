"""What is chosen for a model that goes on answering prompts."""

from __future__ import annotations

import pytest

from ultrasam.downstream.machine import Machine
from ultrasam.downstream.prompt_defaults import CHOSEN_FOR_PROMPTS, choose_for_prompts
from ultrasam.training import read_recipe

LAPTOP = Machine("cpu", 12.0, 4)
SERVER = Machine("cuda", 79.0, 16, half=True)


def chosen(*overrides, images=400, input_size=512, machine=LAPTOP):
    said = read_recipe(overrides=overrides)
    given = {override.partition("=")[0] for override in overrides}
    choices = choose_for_prompts(said, given, images=images, input_size=input_size, machine=machine)
    names = {choice.name for choice in choices}
    assert not names & given
    assert names <= set(CHOSEN_FOR_PROMPTS)
    return read_recipe(overrides=[*(choice.override for choice in choices), *overrides])


@pytest.mark.parametrize(
    ("machine", "images", "what"),
    [(LAPTOP, 20, "decoder"), (LAPTOP, 5_000, "decoder"), (SERVER, 20, "decoder"), (SERVER, 5_000, "all")],
)
def test_the_encoder_is_trained_where_there_are_images_and_a_gpu(machine, images, what):
    recipe = chosen(images=images, machine=machine)
    assert recipe.trainable.what == what
    # What has no effect on a frozen encoder is not set, or the run would warn.
    assert (recipe.optimiser.layer_decay == 1) == (what == "decoder")


@pytest.mark.parametrize("images", [2, 20, 1_000, 100_000])
@pytest.mark.parametrize("machine", [LAPTOP, SERVER], ids=str)
def test_every_choice_makes_a_recipe(images, machine):
    recipe = chosen(images=images, machine=machine)
    assert 1 <= recipe.data.images <= max(1, images // 2)
    assert recipe.optimiser.warmup_steps < recipe.run.validate_every <= recipe.run.steps


def test_what_the_user_says_counts():
    recipe = chosen("run.steps=30", "trainable.what=lora", "model.input_size=1024", input_size=1024)
    assert (recipe.run.steps, recipe.trainable.what, recipe.model.input_size) == (30, "lora", 1024)
    assert recipe.run.validate_every == 20
    assert chosen(input_size=1024).model.input_size == 512
    assert chosen(input_size=1024, machine=SERVER).model.input_size is None
