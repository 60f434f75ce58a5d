"""How a network with a head is asked and how fast it learns."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.downstream.made_tasks import make_task_place
from ultrasam.downstream.batch import HeadBatch
from ultrasam.downstream.dataset import HeadPreparation, ValExamples
from ultrasam.downstream.job import Job
from ultrasam.downstream.loss import objective_of
from ultrasam.downstream.module import HeadTraining
from ultrasam.downstream.scoring import score_of


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return make_task_place(tmp_path_factory.mktemp("classes"), "classification")


def made(place, *overrides):
    """A module, and a batch of validation images."""
    recipe = place.recipe(*overrides)
    job = Job.of(recipe, place.data, place.examples())
    objective = objective_of(job.targets, job.network.head_config, recipe.loss, job.train)
    module = HeadTraining(job.network, job.pipeline, recipe, objective, score_of(job.targets), place.data)
    examples = ValExamples(job.val, HeadPreparation(job.pipeline, job.input_size, job.targets))
    return module, HeadBatch.collate([examples[i] for i in range(2)])


def test_the_head_learns_faster(place):
    module, _ = made(place, "optimiser.lr=1e-3", "optimiser.head_lr_factor=7", "optimiser.encoder_lr_factor=0.5")
    rates = {g["name"]: g["initial_lr"] for g in module.configure_optimizers()["optimizer"].param_groups}
    for part, rate in (("head", 7e-3), ("image_encoder", 5e-4)):
        found = [rates[name] for name in rates if name.startswith(part)]
        assert found
        assert found == pytest.approx([rate] * len(found))


@torch.no_grad()
def test_the_padding_says_nothing_of_an_image(place):
    module, batch = made(place)
    module.eval()
    (embedding,) = module.network.encode_for_head(
        torch.stack([module._pipeline.normalised(*pair) for pair in zip(batch.images, batch.frames, strict=True)])
    )
    answer = module.answer(batch).class_logits
    beyond = embedding.masked_fill(~batch.inside, 100.0)
    assert not torch.equal(beyond, embedding)
    assert torch.allclose(module.answer(replace(batch, features=(beyond,))).class_logits, answer, atol=1e-5)


def test_dropout_hangs_on_seed_and_position(place, monkeypatch):
    losses = []
    monkeypatch.setattr(HeadTraining, "global_step", 0)
    for seed, position in ((0, 8), (0, 8), (0, 10), (1, 8)):
        module, batch = made(place, "head.dropout=0.9", f"run.seed={seed}")
        module.train()
        torch.manual_seed(len(losses))
        # Of weights of one seed.
        module.network.load_state_dict(made(place)[0].network.state_dict())
        module.on_train_batch_start(replace(batch, position=position), 0)
        losses.append(float(module._objective(module.answer(batch), batch)["loss"].detach()))
    assert losses[0] == losses[1]
    assert len(set(losses)) == 3


def test_a_frozen_batch_normalisation_stays_fixed_in_training(place):
    module, batch = made(place)
    module.train()
    statistics = {name: value.clone() for name, value in module.network.named_buffers() if "running" in name}
    assert statistics
    module.answer(batch)
    after = dict(module.network.named_buffers())
    assert all(torch.equal(after[name], value) for name, value in statistics.items())
