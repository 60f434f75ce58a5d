from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from tests.modeling.networks import SMALL_TINY_VIT, SMALL_VIT, images
from tests.references import segment_anything
from ultrasam.errors import InputError
from ultrasam.modeling.config import VIT_B, SamConfig
from ultrasam.modeling.lora import LoraLinear, add_lora, merge_lora
from ultrasam.modeling.sam import Sam


@pytest.fixture(params=[SMALL_VIT, SMALL_TINY_VIT], ids=["vit", "tiny_vit"])
def sam(request):
    torch.manual_seed(0)
    return Sam(SamConfig(encoder=request.param)).eval()


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def with_random_updates(sam):
    with torch.no_grad():
        for module in sam.modules():
            if isinstance(module, LoraLinear):
                module.lora_b.normal_(std=0.3)
    return sam


@torch.no_grad()
def embedding(sam):
    return sam.encode_image(images(2, 128))


@pytest.mark.parametrize("bias", [True, False])
def test_the_layer_acts_as_its_weight_and_the_scaled_product(bias):
    base = nn.Linear(5, 7, bias=bias)
    layer = LoraLinear(base, rank=3, alpha=12.0)
    with torch.no_grad():
        layer.lora_b.normal_()
        tokens = torch.randn(2, 4, 5)
        weight = base.weight + 12 / 3 * layer.lora_b @ layer.lora_a
        expected = tokens @ weight.T + (base.bias if bias else 0)
        torch.testing.assert_close(layer(tokens), expected, rtol=0, atol=1e-5)
        torch.testing.assert_close(layer.merged().weight, weight, rtol=0, atol=1e-6)
        torch.testing.assert_close(layer.merged()(tokens), expected, rtol=0, atol=1e-5)
    shared = {parameter.data_ptr() for parameter in layer.merged().parameters()} & {
        parameter.data_ptr() for parameter in base.parameters()
    }
    assert not shared, "who trains on changes no merged layer"


def test_only_the_two_narrow_matrices_learn():
    base = nn.Linear(5, 7)
    layer = LoraLinear(base, rank=2, alpha=2.0)
    layer(torch.randn(3, 5)).sum().backward()
    assert {name for name, parameter in layer.named_parameters() if parameter.requires_grad} == {"lora_a", "lora_b"}
    assert layer.lora_b.grad.abs().min() > 0
    assert layer.weight.grad is None
    assert layer.weight is base.weight


def test_the_start_is_the_network_itself(sam):
    before = embedding(sam)
    add_lora(sam, 4)
    assert torch.equal(embedding(sam), before)


def test_keys_stay_and_those_of_the_updates_come(sam):
    before = sam.state_dict()
    add_lora(sam, 4, targets=("qkv", "proj"))
    attention = [key.removesuffix("qkv.weight") for key in before if key.endswith("attn.qkv.weight")]
    assert attention
    added = {f"{a}{target}.lora_{ab}" for a in attention for target in ("qkv", "proj") for ab in "ab"}
    assert set(sam.state_dict()) == set(before) | added


def test_merged_computes_the_same_with_the_keys_from_before(sam):
    keys, before = list(sam.state_dict()), embedding(sam)
    add_lora(sam, 4, alpha=6.0, targets=("qkv", "proj"))
    updated = embedding(with_random_updates(sam))
    assert (updated - before).abs().max() > 0.01, "the updates have to act for the comparison to mean anything"
    merge_lora(sam)
    assert list(sam.state_dict()) == keys
    assert not any(isinstance(module, LoraLinear) for module in sam.modules())
    torch.testing.assert_close(embedding(sam), updated, rtol=0, atol=1e-5)


def test_merging_a_copy_leaves_the_original(sam):
    add_lora(sam, 4)
    updated = embedding(with_random_updates(sam))
    copied = copy.deepcopy(sam)
    merge_lora(copied)
    with torch.no_grad():
        for parameter in copied.parameters():
            parameter.zero_()
    assert torch.equal(embedding(sam), updated)


def test_merged_weights_load_into_segment_anything():
    package = segment_anything()
    with torch.device("meta"):
        sam = Sam(SamConfig(encoder=VIT_B))
        reference = package.sam_model_registry["vit_b"]()
    add_lora(sam, 16)
    merge_lora(sam)
    reference.load_state_dict(sam.state_dict(), assign=True, strict=True)


def test_first_weights_come_from_the_generator_alone():
    base = nn.Linear(5, 7)
    first = LoraLinear(base, 2, 2.0, seeded(1)).lora_a
    before = torch.get_rng_state()
    assert torch.equal(LoraLinear(base, 2, 2.0, seeded(1)).lora_a, first)
    assert torch.equal(torch.get_rng_state(), before)
    assert not torch.equal(LoraLinear(base, 2, 2.0, seeded(2)).lora_a, first)


def test_updates_take_the_precision_of_their_layer():
    layer = LoraLinear(nn.Linear(4, 4, dtype=torch.bfloat16), 2, 2.0)
    assert {parameter.dtype for parameter in layer.parameters()} == {torch.bfloat16}


def test_what_cannot_be_is_said(sam):
    with pytest.raises(InputError, match="at least 1, but got 0"):
        add_lora(sam, 0)
    add_lora(sam, 2)
    with pytest.raises(InputError, match="merge them first"):
        add_lora(sam, 2)
