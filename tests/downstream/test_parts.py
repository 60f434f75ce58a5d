"""Which parameters are trained."""

from __future__ import annotations

import pytest

from tests.training.made_runs import small_network
from ultrasam.downstream.parts import prepare_with_head
from ultrasam.downstream.recipe import FinetuneTrainable
from ultrasam.modeling.finetuned import with_head
from ultrasam.modeling.heads.config import HeadConfig


def trained(kind, **settings):
    network = with_head(small_network(), HeadConfig(kind, 2, width=32, queries=4))
    prepare_with_head(network, FinetuneTrainable(**settings))
    return {name for name, parameter in network.named_parameters() if parameter.requires_grad}, network


@pytest.mark.parametrize("kind", ["pooled", "prompted", "semantic", "instance"])
@pytest.mark.parametrize("what", ["all", "head"])
def test_the_head_is_trained_always(kind, what):
    names, network = trained(kind, what=what)
    heads = {name for name, _ in network.named_parameters() if name.startswith("head.")}
    assert heads <= names
    assert any(name.startswith("image_encoder.layers") for name in names) == (what == "all")
    for part in ("prompt_encoder", "mask_decoder"):
        assert any(name.startswith(part) for name in names) == (kind == "prompted")


@pytest.mark.parametrize("kind", ["pooled", "semantic"])
def test_what_the_head_does_not_read_is_not_trained(kind):
    names, _ = trained(kind, what="all")
    assert any(".neck." in name for name in names) == (kind == "pooled")


def test_the_first_stages_stay():
    names, _ = trained("pooled", what="partial", frozen_stages=2)
    stages = {name.split(".")[2] for name in names if name.startswith("image_encoder.layers")}
    assert stages == {"2", "3"}
    assert not any("patch_embed" in name for name in names)


@pytest.mark.parametrize(("what", "word"), [("lora", "lora"), ("adapters", "adapter")])
def test_updates_and_adapters_alone_are_trained_in_the_encoder(what, word):
    names, _ = trained("semantic", what=what)
    inside = {name for name in names if name.startswith("image_encoder")}
    assert inside
    assert all(word in name.lower() or ".down" in name or ".up" in name for name in inside), sorted(inside)[:5]
