from __future__ import annotations

import math

import pytest
import torch

from tests.modeling.networks import SMALL_TINY_VIT, SMALL_VIT
from ultrasam.errors import InputError
from ultrasam.modeling.config import SamConfig, TinyViTConfig
from ultrasam.modeling.finetuned import with_head
from ultrasam.modeling.heads.config import HeadConfig
from ultrasam.modeling.lora import add_lora
from ultrasam.modeling.sam import Sam
from ultrasam.training.parameter_groups import parameter_groups

RATES = {"lr": 1e-3, "weight_decay": 0.05, "layer_decay": 0.5}
#: Two blocks in the third stage.
DEEPER = TinyViTConfig(embed_dims=(16, 32, 32, 32), depths=(1, 1, 2, 1), num_heads=(1, 2, 2, 2))

# By hand: a ViT of two blocks has its neck at depth 3, DEEPER (five blocks) at depth 6; each step below halves.
VIT = [
    ("image_encoder.patch_embed.proj.weight", 1e-3 / 8, 0.05),
    ("image_encoder.patch_embed.proj.bias", 1e-3 / 8, 0),
    ("image_encoder.pos_embed", 1e-3 / 8, 0),
    ("image_encoder.blocks.0.attn.qkv.weight", 1e-3 / 4, 0.05),
    ("image_encoder.blocks.0.attn.qkv.bias", 1e-3 / 4, 0),
    ("image_encoder.blocks.0.attn.rel_pos_h", 1e-3 / 4, 0),
    ("image_encoder.blocks.1.attn.rel_pos_w", 1e-3 / 2, 0),
    ("image_encoder.blocks.1.norm1.weight", 1e-3 / 2, 0),
    ("image_encoder.blocks.1.mlp.lin1.weight", 1e-3 / 2, 0.05),
    ("image_encoder.neck.0.weight", 1e-3, 0.05),
    ("image_encoder.neck.1.weight", 1e-3, 0),
]
TINY_VIT = [
    ("image_encoder.patch_embed.seq.0.c.weight", 1e-3 / 64, 0.05),
    ("image_encoder.patch_embed.seq.0.bn.weight", 1e-3 / 64, 0),
    ("image_encoder.layers.0.blocks.0.conv1.c.weight", 1e-3 / 32, 0.05),
    ("image_encoder.layers.0.downsample.conv1.c.weight", 1e-3 / 32, 0.05),
    ("image_encoder.layers.1.blocks.0.attn.attention_biases", 1e-3 / 16, 0),
    ("image_encoder.layers.2.blocks.0.attn.norm.bias", 1e-3 / 8, 0),
    ("image_encoder.layers.2.blocks.1.mlp.fc1.weight", 1e-3 / 4, 0.05),
    ("image_encoder.layers.2.downsample.conv2.bn.bias", 1e-3 / 4, 0),
    ("image_encoder.layers.3.blocks.0.local_conv.c.weight", 1e-3 / 2, 0.05),
    ("image_encoder.neck.2.weight", 1e-3, 0.05),
]
DECODER = [
    ("prompt_encoder.point_embeddings.0.weight", 1e-3, 0),
    ("prompt_encoder.no_mask_embed.weight", 1e-3, 0),
    ("prompt_encoder.mask_downscaling.0.weight", 1e-3, 0.05),
    ("prompt_encoder.mask_downscaling.1.weight", 1e-3, 0),
    ("mask_decoder.mask_tokens.weight", 1e-3, 0),
    ("mask_decoder.iou_token.weight", 1e-3, 0),
    ("mask_decoder.output_upscaling.0.weight", 1e-3, 0.05),
    ("mask_decoder.transformer.layers.1.self_attn.q_proj.weight", 1e-3, 0.05),
    ("mask_decoder.transformer.layers.1.norm3.weight", 1e-3, 0),
]


@pytest.mark.parametrize(
    ("encoder", "expected"), [(SMALL_VIT, VIT + DECODER), (DEEPER, TINY_VIT + DECODER)], ids=["vit", "tiny_vit"]
)
def test_rates_and_decay_by_hand(encoder, expected):
    sam = Sam(SamConfig(encoder=encoder))
    group_of = {parameter: group for group in parameter_groups(sam, **RATES) for parameter in group["params"]}
    for name, lr, weight_decay in expected:
        group = group_of[sam.get_parameter(name)]
        assert math.isclose(group["lr"], lr), name
        assert group["weight_decay"] == weight_decay, name


@pytest.mark.parametrize("encoder", [SMALL_VIT, SMALL_TINY_VIT], ids=["vit", "tiny_vit"])
def test_each_parameter_is_in_one_group(encoder):
    sam = Sam(SamConfig(encoder=encoder, adapter_dim=4))
    groups = parameter_groups(sam, **RATES)
    grouped = [id(parameter) for group in groups for parameter in group["params"]]
    assert sorted(grouped) == sorted(id(parameter) for parameter in sam.parameters())
    assert len({group["name"] for group in groups}) == len(groups)
    # The optimiser itself refuses parameters that come twice.
    optimiser = torch.optim.AdamW(groups)
    assert [group["name"] for group in optimiser.param_groups] == [group["name"] for group in groups]


def test_no_vector_decays_and_groups_go_from_first_to_last():
    sam = Sam(SamConfig(encoder=SMALL_VIT))
    groups = parameter_groups(sam, **RATES)
    assert all(parameter.ndim > 1 for group in groups if group["weight_decay"] for parameter in group["params"])
    assert [group["name"] for group in groups] == [
        *(f"image_encoder.{depth:02d}{end}" for depth in range(4) for end in ("", ".no_decay")),
        "prompt_encoder",
        "prompt_encoder.no_decay",
        "mask_decoder",
        "mask_decoder.no_decay",
    ]


def test_the_encoders_factor_slows_the_encoder_alone():
    sam = Sam(SamConfig(encoder=SMALL_VIT))
    slow = parameter_groups(sam, **{**RATES, "layer_decay": 1.0}, encoder_lr_factor=0.1)
    for group in slow:
        expected = 1e-4 if group["name"].startswith("image_encoder") else 1e-3
        assert math.isclose(group["lr"], expected), group["name"]


def test_frozen_parameters_are_left_out():
    sam = Sam(SamConfig(encoder=SMALL_VIT))
    sam.image_encoder.requires_grad_(False)
    add_lora(sam, 2)
    updates = [group for group in parameter_groups(sam, **RATES) if group["name"].startswith("image_encoder")]
    assert [(group["name"], len(group["params"]), group["lr"]) for group in updates] == [
        ("image_encoder.01", 2, 1e-3 / 4),
        ("image_encoder.02", 2, 1e-3 / 2),
    ]
    with pytest.raises(InputError, match="all of them are frozen"):
        parameter_groups(sam.requires_grad_(False), **RATES)


@pytest.mark.parametrize("change", [{"lr": 0}, {"weight_decay": -1}, {"layer_decay": 1.1}, {"encoder_lr_factor": 0}])
def test_numbers_out_of_bounds_are_said(change):
    with pytest.raises(InputError, match="layer_decay from 0"):
        parameter_groups(Sam(SamConfig(encoder=SMALL_VIT)), **{**RATES, **change})


def test_a_head_learns_at_its_own_rate():
    network = with_head(Sam(SamConfig(encoder=SMALL_TINY_VIT)), HeadConfig("pooled", 2, pooling="attention"))
    groups = parameter_groups(network, **RATES, head_lr_factor=5)
    assert [group["name"] for group in groups[-2:]] == ["head", "head.no_decay"]
    assert {group["lr"] for group in groups[-2:]} == {5e-3}
    heads = {id(parameter) for parameter in network.head.parameters()}
    assert {id(parameter) for group in groups[-2:] for parameter in group["params"]} == heads
    assert all(parameter.ndim > 1 for parameter in groups[-2]["params"])
