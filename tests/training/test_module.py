from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from tests.training.made_runs import SIZE, make_place, small_network
from ultrasam.inference.pipelines import pipeline_of
from ultrasam.modeling.mask_decoder import MaskPrediction
from ultrasam.modeling.prompts import PromptLabel
from ultrasam.training.batch import Batch
from ultrasam.training.corpus import read_corpus
from ultrasam.training.dataset import Preparation, ValidationImages
from ultrasam.training.module import PromptedSegmentation
from ultrasam.training.network_module import learning_rate_factor
from ultrasam.training.recipe import OptimiserSettings
from ultrasam.weights import read_checkpoint


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return make_place(tmp_path_factory.mktemp("place"))


@pytest.fixture
def module(place, tmp_path):
    pipeline = pipeline_of(read_checkpoint(place.weights))
    found = PromptedSegmentation(small_network(), pipeline, place.recipe(), ["made", "absent"], tmp_path)
    found.trainer = SimpleNamespace(
        strategy=SimpleNamespace(reduce=lambda value, reduce_op: value), is_global_zero=True, logger=None
    )
    return found


@pytest.fixture
def batch(place):
    recipe = place.recipe()
    images = ValidationImages(
        read_corpus(recipe.data, 0).val,
        Preparation(pipeline_of(read_checkpoint(place.weights)), SIZE, recipe.loss.stride),
        objects=2,
        seed=0,
    )
    return Batch.collate([images[i] for i in range(len(images))])


def test_warm_up():
    settings = OptimiserSettings(warmup_steps=4, schedule="constant")
    assert [learning_rate_factor(step, 100, settings) for step in range(6)] == [0.25, 0.5, 0.75, 1, 1, 1]


def test_cosine():
    settings = OptimiserSettings(warmup_steps=0, final_lr=0.1)
    expected = [0.1 + 0.9 * (1 + math.cos(math.pi * share)) / 2 for share in (0, 0.25, 0.5, 1)]
    assert [learning_rate_factor(step, 8, settings) for step in (0, 2, 4, 8)] == pytest.approx(expected)
    assert learning_rate_factor(9, 8, settings) == pytest.approx(0.1), "no rise after the end"
    assert learning_rate_factor(10, 10, OptimiserSettings(warmup_steps=10)) == 1, "a run of warm-up alone"


def test_milestones():
    settings = OptimiserSettings(warmup_steps=0, schedule="steps", milestones=(3, 5))
    assert [learning_rate_factor(step, 9, settings) for step in range(7)] == pytest.approx(
        [1, 1, 1, 0.1, 0.1, 0.01, 0.01]
    )


def test_the_optimiser_follows_the_schedule(module):
    found = module.configure_optimizers()
    optimiser, schedule = found["optimizer"], found["lr_scheduler"]["scheduler"]
    rates = []
    for _ in range(4):
        rates.append(optimiser.param_groups[-1]["lr"])
        optimiser.step()
        schedule.step()
    settings = module.recipe.optimiser
    assert rates == pytest.approx([settings.lr * learning_rate_factor(step, 4, settings) for step in range(4)])


def test_validation_is_the_mean_dice_of_kinds_and_data_sets(module, batch, monkeypatch):
    """Answers that are the truth moved by some cells, another distance for each kind; by NumPy on the other side."""
    stride = SIZE // batch.truths.shape[-1]
    assert stride == 4
    truths = batch.truths > 127
    moved = torch.stack([torch.roll(truth, int(kind), 1) for truth, kind in zip(truths, batch.kinds, strict=True)])
    logits = (moved.float() * 2 - 1)[:, None].expand(-1, 4, -1, -1)
    answer = MaskPrediction(logits, torch.zeros(len(logits), 4))
    monkeypatch.setattr(module.network, "decode", lambda embeddings, prompts: answer)
    told = {}
    monkeypatch.setattr(module, "log_dict", lambda values, **options: told.update(values))
    module.on_validation_epoch_start()
    with torch.no_grad():
        module.validation_step(batch, 0)
    module.on_validation_epoch_end()
    expected = {}
    for number, kind in enumerate(("box", "interior_point", "shifted_box")):
        rows = (batch.kinds == number).numpy()
        dice = [
            2 * (a & b).sum() / (a.sum() + b.sum())
            for a, b in zip(moved.numpy()[rows], truths.numpy()[rows], strict=True)
        ]
        expected[f"val/{kind}"] = expected[f"val/{kind}/made"] = np.mean(dice)
    expected["val/dice"] = np.mean([expected[f"val/{kind}"] for kind in ("box", "interior_point", "shifted_box")])
    assert expected["val/box"] == 1
    assert expected["val/shifted_box"] < expected["val/interior_point"] < 1
    assert told == pytest.approx(expected)


def test_answers_beyond_the_image_are_no_errors(module, batch, monkeypatch):
    """Right answers that go on into the padding: nobody clicks there, and their true IoU is 1."""
    logits = batch.truths.float() / 127.5 - 1
    height, _ = batch.frames[0].resized_hw
    assert height < SIZE
    assert all(frame == batch.frames[0] for frame in batch.frames)
    logits[:, height // 4 :] = 1
    answer = MaskPrediction(logits[:, None].repeat(1, 4, 1, 1), torch.ones(len(logits), 4))
    asked, told = [], {}
    monkeypatch.setattr(module.network, "decode", lambda embeddings, prompts: asked.append(prompts) or answer)
    monkeypatch.setattr(module, "log", lambda name, value, **options: told.update({name: float(value)}))
    module.training_step(replace(batch, draws=torch.zeros(len(logits), 1)), 0)
    assert (asked[1].labels[:, -1] == PromptLabel.PADDING).all()
    assert told["train/iou"] == 0
    assert told["train/overlap"] > 0.01


def test_batch_normalisation_stays_fixed(module):
    norms = [part for part in module.modules() if isinstance(part, torch.nn.BatchNorm2d)]
    module.train()
    assert norms
    assert not any(norm.training for norm in norms)
    assert module.network.mask_decoder.training


def test_gradients_are_bounded(module):
    found = module.configure_optimizers()["optimizer"]
    parameters = [parameter for group in found.param_groups for parameter in group["params"]]
    for parameter in parameters:
        parameter.grad = torch.ones_like(parameter)
    module.configure_gradient_clipping(found)
    norm = torch.stack([parameter.grad.norm() for parameter in parameters]).norm()
    assert float(norm) == pytest.approx(module.recipe.optimiser.clip, rel=1e-4)
