"""What of the encoder a run trains, and what it leaves."""

from __future__ import annotations

import logging

import numpy as np
import pytest
import torch

import ultrasam
from tests.downstream.made_tasks import CLASSES, make_task_place
from tests.training.made_runs import lines
from ultrasam.downstream import finetune
from ultrasam.modeling.sam import Sam
from ultrasam.weights import read_checkpoint


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("ULTRASAM_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="module")
def classes(tmp_path_factory):
    return make_task_place(tmp_path_factory.mktemp("classes"), "classification")


def test_a_frozen_encoder_stays_as_it_is_and_answers_prompts(classes, tmp_path):
    result = finetune(classes.recipe("trainable.what=head"), tmp_path)
    before, after = read_checkpoint(classes.weights), read_checkpoint(result.folder)
    for name, tensor in before.state_dict.items():
        assert torch.equal(after.state_dict[name], tensor), name
    assert after.task is not None
    assert after.task.promptable
    session = ultrasam.load(result.folder).embed(np.full((96, 128), 80, np.uint8))
    assert session.segment(box_xyxy=(20, 20, 60, 60)).mask.shape == (96, 128)


def test_a_frozen_encoder_looks_once(classes, tmp_path, monkeypatch):
    asked = []
    encode = Sam.encode_image
    monkeypatch.setattr(Sam, "encode_image", lambda self, images: asked.append(len(images)) or encode(self, images))
    told = []
    recipe = classes.recipe("trainable.what=head")
    finetune(recipe, tmp_path / "first", on_embedding=lambda done, of: told.append((done, of)))
    # Six training images as they are and mirrored, and four validation images.
    assert told == [(i + 1, 16) for i in range(16)]
    assert sum(asked) == 16
    finetune(recipe, tmp_path / "second")
    assert sum(asked) == 16


@pytest.mark.parametrize(
    ("task", "options"),
    [("classification", []), ("classification", ["head.kind=prompted"]), ("semantic", [])],
    ids=["pooled", "prompted", "semantic"],
)
def test_kept_features_give_what_new_ones_do(tmp_path, caplog, task, options):
    place = make_task_place(tmp_path / "place", task)
    options = ["trainable.what=head", "head.dropout=0", *options]
    kept = finetune(place.recipe(*options), tmp_path / "kept")
    with caplog.at_level(logging.WARNING):
        anew = finetune(place.recipe(*options, "data.cache_gb=1e-6"), tmp_path / "anew")
    assert "encoded anew" in caplog.text
    first, second = ([line["loss"] for line in lines(r.folder) if "loss" in line] for r in (kept, anew))
    # Kept in half precision.
    assert first == pytest.approx(second, rel=1e-3)


@pytest.mark.parametrize("what", ["lora", "adapters", "partial"])
def test_parts_of_the_encoder_are_trained(classes, tmp_path, what):
    result = finetune(classes.recipe(f"trainable.what={what}", "trainable.frozen_stages=3"), tmp_path)
    before, after = (read_checkpoint(path).state_dict for path in (classes.weights, result.folder))
    changed = {name for name, tensor in before.items() if not torch.equal(after[name], tensor)}
    assert ultrasam.load(result.folder).predict(np.full((96, 128), 80, np.uint8)).label in CLASSES
    if what == "partial":
        assert {name.split(".")[2] for name in changed if name.startswith("image_encoder.layers")} == {"3"}
        assert not any("patch_embed" in name for name in changed)
    elif what == "lora":
        assert changed
        assert all(name.endswith(".qkv.weight") for name in changed)
    else:
        assert not changed
        assert any(name.startswith("image_encoder") for name in after.keys() - before.keys())
