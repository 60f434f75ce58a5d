"""What a recipe and data are put together to."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.downstream.made_tasks import make_task_place
from tests.training.made_runs import CONFIG, SIZE, same, small_network
from ultrasam.downstream.job import Job
from ultrasam.errors import InputError
from ultrasam.weights import Checkpoint, write_checkpoint


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return make_task_place(tmp_path_factory.mktemp("classes"), "classification")


def job(place, *overrides):
    return Job.of(place.recipe(*overrides), place.data, place.examples())


def test_first_weights_hang_on_the_seed_alone(place):
    torch.manual_seed(1)
    first = job(place)
    torch.manual_seed(2)
    again, other = job(place), job(place, "run.seed=1")
    weights = [each.network.head.state_dict() for each in (first, again, other)]
    assert same(weights[0], weights[1])
    assert not same(weights[0], weights[2])


def test_the_input_is_as_large_as_the_recipe_says_or_the_weights_do(place):
    assert job(place).input_size == SIZE
    assert job(place, "model.input_size=128").input_size == 128


@pytest.mark.parametrize(("head", "pipeline"), [("pooled", "ultrasam"), ("prompted", "sam")])
def test_prompts_are_learnt_as_sam_is_asked(place, tmp_path, head, pipeline):
    path = tmp_path / "official.safetensors"
    write_checkpoint(path, Checkpoint(small_network().state_dict(), CONFIG, "ultrasam", "made", {}, "", SIZE))
    assert job(place, f"head.kind={head}", f"model.weights={path}").initial.pipeline == pipeline


def test_some_validation_images_stand_for_all(place):
    chosen, again = (job(place, "data.val_images=2").val for _ in range(2))
    assert len(chosen) == 2
    assert [example.name for example in chosen] == [example.name for example in again]
    assert {example.split for example in chosen} == {"val"}
    assert len(job(place, "data.val_images=9").val) == 4


def test_without_validation_images_nothing_begins(place):
    examples = place.examples()
    only = replace(examples, examples=examples.part("train"))
    with pytest.raises(InputError, match="has 6 and 0"):
        Job.of(place.recipe(), place.data, only)
