from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
import torch
import torch.nn.functional as F
from safetensors import safe_open

from tests.modeling.networks import SMALL_TINY_VIT, SMALL_VIT, images
from ultrasam.errors import InputError
from ultrasam.modeling.adapters import Adapter, add_adapters
from ultrasam.modeling.config import SamConfig
from ultrasam.modeling.sam import Sam
from ultrasam.weights import Checkpoint, load_network, write_checkpoint
from ultrasam.weights.architecture import infer_config
from ultrasam.weights.config_json import config_from_json, config_to_json

WIDTH = 6


@pytest.fixture(params=[SMALL_VIT, SMALL_TINY_VIT], ids=["vit", "tiny_vit"])
def sam(request):
    torch.manual_seed(0)
    return Sam(SamConfig(encoder=request.param)).eval()


def with_random_adapters(sam):
    with torch.no_grad():
        for module in sam.modules():
            if isinstance(module, Adapter):
                module.up.weight.normal_(std=0.3)
                module.up.bias.normal_(std=0.3)
    return sam


@torch.no_grad()
def embedding(sam):
    return sam.encode_image(images(2, 128))


def by_hand(adapter, tokens):
    """Down, GELU, up, with the tensors themselves."""
    narrow = F.gelu(tokens @ adapter.down.weight.T + adapter.down.bias)
    return narrow @ adapter.up.weight.T + adapter.up.bias


def test_the_start_is_the_network_itself(sam):
    before = embedding(sam)
    add_adapters(sam, WIDTH)
    assert torch.equal(embedding(sam), before)


def test_every_attention_block_has_two(sam):
    keys = set(sam.state_dict())
    add_adapters(sam, WIDTH)
    blocks = [key.removesuffix("attn.qkv.weight") for key in keys if key.endswith("attn.qkv.weight")]
    added = {
        f"{block}{adapter}.{layer}.{kind}"
        for block in blocks
        for adapter in ("attention_adapter", "mlp_adapter")
        for layer in ("down", "up")
        for kind in ("weight", "bias")
    }
    assert added
    assert set(sam.state_dict()) == keys | added
    assert sam.config.adapter_dim == WIDTH
    assert {module.down.out_features for module in sam.modules() if isinstance(module, Adapter)} == {WIDTH}


def test_a_vit_block_is_adapted_as_in_the_paper():
    """The block written out: behind the attention with a skip, and half of it beside the perceptron."""
    torch.manual_seed(0)
    sam = Sam(SamConfig(encoder=SMALL_VIT, adapter_dim=WIDTH))
    block = with_random_adapters(sam).image_encoder.blocks[1]
    tokens = torch.randn(1, 16, 16, SMALL_VIT.embed_dim)
    with torch.no_grad():
        attended = block.attn(block.norm1(tokens))
        adapted = tokens + attended + by_hand(block.attention_adapter, attended)
        normalised = block.norm2(adapted)
        expected = adapted + block.mlp(normalised) + 0.5 * by_hand(block.mlp_adapter, normalised)
        torch.testing.assert_close(block(tokens), expected, rtol=0, atol=1e-5)


def test_a_tiny_vit_block_is_adapted_alike():
    torch.manual_seed(0)
    sam = Sam(SamConfig(encoder=SMALL_TINY_VIT, adapter_dim=WIDTH)).eval()
    block = with_random_adapters(sam).image_encoder.layers[1].blocks[0]
    tokens = torch.randn(1, 7, 7, SMALL_TINY_VIT.embed_dims[1])  # one window
    with torch.no_grad():
        attended = block.attn(tokens)
        adapted = tokens + attended + by_hand(block.attention_adapter, attended)
        adapted = block.local_conv(adapted.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        normalised = block.mlp.norm(adapted)
        expected = adapted + block.mlp(adapted) + 0.5 * by_hand(block.mlp_adapter, normalised)
        found = block(tokens.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


def test_the_configuration_builds_the_adapted_network(sam):
    add_adapters(sam, WIDTH)
    built = Sam(sam.config).eval()
    built.load_state_dict(with_random_adapters(sam).state_dict(), strict=True)
    assert torch.equal(embedding(built), embedding(sam))


def test_an_adapted_network_is_saved_and_loaded(sam, tmp_path):
    before = embedding(sam)
    add_adapters(sam, WIDTH)
    adapted = embedding(with_random_adapters(sam))
    assert (adapted - before).abs().max() > 0.01
    path = tmp_path / "adapted.safetensors"
    write_checkpoint(path, Checkpoint(dict(sam.state_dict()), sam.config, "sam", "", {}, ""))
    loaded, checkpoint = load_network(path)
    assert checkpoint.config == sam.config
    assert torch.equal(embedding(loaded), adapted)


def test_the_shapes_tell_the_adapters_width(sam):
    add_adapters(sam, WIDTH)
    assert infer_config(sam.state_dict()).adapter_dim == WIDTH


def test_a_network_without_adapters_is_described_as_before_there_were_any(sam, tmp_path):
    described = asdict(sam.config)
    del described["adapter_dim"]
    kind = "vit" if sam.config.encoder == SMALL_VIT else "tiny_vit"
    described["encoder"] = {"kind": kind, **described["encoder"]}
    path = tmp_path / "plain.safetensors"
    write_checkpoint(path, Checkpoint(dict(sam.state_dict()), sam.config, "sam", "", {}, ""))
    with safe_open(path, "pt") as file:
        assert file.metadata()["ultrasam.config"] == json.dumps(described)
    assert load_network(path)[1].config == sam.config


def test_a_configuration_comes_back(sam):
    for config in (sam.config, replace(sam.config, adapter_dim=WIDTH, token_mlp_residual="doubled")):
        assert config_from_json(config_to_json(config)) == config


def test_first_weights_come_from_the_generator_alone():
    made = [Adapter(8, WIDTH, generator=torch.Generator().manual_seed(seed)).down.weight for seed in (1, 1, 2)]
    assert torch.equal(made[0], made[1])
    assert not torch.equal(made[0], made[2])


def test_adapters_take_the_precision_of_their_block(sam):
    add_adapters(sam.bfloat16(), WIDTH)
    adapters = [module for module in sam.modules() if isinstance(module, Adapter)]
    assert {parameter.dtype for adapter in adapters for parameter in adapter.parameters()} == {torch.bfloat16}


def test_what_cannot_be_is_said(sam):
    with pytest.raises(InputError, match="at least 1, but got 0"):
        add_adapters(sam, 0)
    assert sam.config.adapter_dim == 0
    add_adapters(sam, WIDTH)
    with pytest.raises(InputError, match="go on with those"):
        add_adapters(sam, WIDTH)
    with pytest.raises(InputError, match="but got -1"):
        Sam(replace(sam.config, adapter_dim=-1))
