"""What is chosen where the user says nothing."""

from __future__ import annotations

from typing import get_args

import pytest

from ultrasam.downstream import read_finetune_recipe
from ultrasam.downstream.defaults import CHOSEN, choose
from ultrasam.downstream.machine import Machine
from ultrasam.downstream.recipe import What
from ultrasam.modeling.config import TINY_VIT, VIT_B, SamConfig
from ultrasam.modeling.heads.config import TaskKind

LAPTOP = Machine("cpu", 12.0, 4)
SERVER = Machine("cuda", 79.0, 16, half=True)
TINY, VIT = SamConfig(encoder=TINY_VIT), SamConfig(encoder=VIT_B)


def chosen(*overrides, images=400, network=TINY, input_size=512, machine=LAPTOP):
    """The recipe that a user gets."""
    said = read_finetune_recipe(overrides=overrides)
    given = {override.partition("=")[0] for override in overrides}
    choices = choose(said, given, images=images, network=network, input_size=input_size, machine=machine)
    names = [choice.name for choice in choices]
    assert len(set(names)) == len(names)
    assert not set(names) & given
    assert set(names) <= set(CHOSEN)
    assert all(choice.reason for choice in choices)
    return read_finetune_recipe(overrides=[*(choice.override for choice in choices), *overrides])


@pytest.mark.parametrize("machine", [LAPTOP, SERVER, Machine("mps", 10.0, 8), Machine("cpu", 0.5, 1)], ids=str)
@pytest.mark.parametrize("task", get_args(TaskKind))
@pytest.mark.parametrize("images", [2, 30, 1_000, 200_000])
def test_every_choice_makes_a_recipe(machine, task, images):
    target = ["data.reading.targets=[age]"] if task == "regression" else []
    recipe = chosen(f"task={task}", *target, images=images, machine=machine)
    assert 1 <= recipe.data.images <= max(1, images // 2)
    assert recipe.run.validate_every <= recipe.run.steps
    assert recipe.optimiser.warmup_steps < recipe.run.steps
    assert 0 <= recipe.data.workers < machine.cores or recipe.data.workers == 0


@pytest.mark.parametrize("what", get_args(What))
def test_whatever_is_trained(what):
    recipe = chosen(f"trainable.what={what}")
    assert recipe.trainable.what == what
    # The head is new whatever else is trained, and learns as quickly.
    assert recipe.optimiser.lr * recipe.optimiser.head_lr_factor == pytest.approx(1e-3)
    assert (recipe.data.workers == 0) == (what == "head")


def test_without_a_gpu_features_are_kept():
    assert chosen().trainable.what == "head"
    assert chosen(machine=SERVER).trainable.what == "all"
    assert chosen("trainable.what=lora").trainable.what == "lora"


def test_half_precision_where_it_is_quicker():
    assert chosen(machine=SERVER).run.precision == "bf16-mixed"
    assert chosen(machine=Machine("cuda", 10.0, 8)).run.precision == "32-true"
    assert chosen().run.precision == "32-true"


def test_large_inputs_are_for_gpus():
    assert chosen(network=VIT, input_size=1024).model.input_size == 512
    assert chosen(network=VIT, input_size=1024, machine=SERVER).model.input_size is None
    assert chosen("model.input_size=768", network=VIT, input_size=1024).model.input_size == 768
    assert chosen(input_size=256).model.input_size is None


def test_the_batch_fits_into_the_memory():
    sizes = [
        chosen("trainable.what=all", network=VIT, machine=Machine("cpu", gigabytes, 4)).data.images
        for gigabytes in (64, 20, 10, 4)
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == 8
    assert sizes[-1] == 1
    larger = chosen("trainable.what=all", "model.input_size=1024", network=VIT, machine=Machine("cpu", 20, 4))
    assert larger.data.images < sizes[1]


def test_what_does_not_fit_at_all_is_computed_twice():
    small, large = (
        chosen("trainable.what=all", network=VIT, machine=Machine("cpu", gigabytes, 4)) for gigabytes in (3, 64)
    )
    assert small.model.checkpoint_encoder
    assert not large.model.checkpoint_encoder
    # A frozen encoder keeps no activations.
    assert not chosen(network=VIT, machine=Machine("cpu", 3, 4)).model.checkpoint_encoder


def test_a_larger_batch_takes_fewer_steps():
    few, many = (chosen(f"data.images={size}", images=200).run.steps for size in (16, 4))
    assert few < many


def test_few_images_are_seen_often_enough_and_many_not_too_often():
    assert chosen(images=4).run.steps == 100
    assert chosen(images=400).run.steps == 30 * 400 // 8
    assert chosen(images=100_000).run.steps == 1_500
    assert chosen(images=100_000, machine=SERVER).run.steps == 8_000


def test_validations_hang_on_the_steps_that_are_made():
    assert chosen("run.steps=2000").run.validate_every == 100
    assert chosen("run.steps=5").run.validate_every == 5
    assert chosen("run.steps=300", images=4_000).run.validate_every == 300
    assert chosen("run.steps=30").run.ema == 0
    assert chosen("run.steps=3000").run.ema == 0.99


def test_heads_that_make_masks_are_kept_small_without_a_gpu():
    assert chosen("task=semantic", images=100_000).run.steps == 600
    assert chosen("task=semantic", images=100_000, machine=SERVER).run.steps == 8_000
    widths = [chosen("task=instance", machine=machine).head_config(3).width for machine in (LAPTOP, SERVER)]
    assert widths == [128, 256]
