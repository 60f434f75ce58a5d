"""Encoders of ImageNet classifiers, compared with transformers' ViT and with MobileSAM's encoder.

That the spellings are timm's and torchvision's own was seen with timm 1.0.31 and torchvision 0.28, which cannot be
dependencies: the blocks of their networks gave what ours give.
"""

from __future__ import annotations

import re

import cv2
import numpy as np
import pytest
import torch

from tests.references import shared
from ultrasam.errors import WeightsError
from ultrasam.modeling.config import TINY_VIT, SamConfig
from ultrasam.modeling.vit import ImageEncoderViT
from ultrasam.weights import read_checkpoint
from ultrasam.weights.imagenet import from_imagenet

DIM, DEPTH, HEADS = 128, 4, 2


@pytest.fixture(scope="module")
def reference():
    """transformers' plain ViT at 224 pixels, whose position embedding is the same everywhere.

    A constant stays what it is when it is resized.
    """
    from transformers import ViTConfig, ViTModel

    torch.manual_seed(0)
    sizes = {"hidden_size": DIM, "num_hidden_layers": DEPTH, "num_attention_heads": HEADS, "intermediate_size": 3 * DIM}
    network = ViTModel(ViTConfig(**sizes, layer_norm_eps=1e-6), add_pooling_layer=False).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
        network.embeddings.position_embeddings.copy_(torch.randn(1, 1, DIM).expand(1, 197, DIM))
    return network


def block_parts(block):
    """Of transformers' layer, whatever its version calls them: norms, queries, keys, values, projection, perceptron."""
    found = dict(block.named_modules())
    names = [
        "layernorm_before|norm1|layer_norm1",
        "layernorm_after|norm2|layer_norm2",
        r"attention\.(attention\.)?(query|q_proj)",
        r"attention\.(attention\.)?(key|k_proj)",
        r"attention\.(attention\.)?(value|v_proj)",
        r"attention\.(output\.dense|o_proj|out_proj)",
        r"intermediate\.dense|mlp\.(fc1|up_proj)",
        r"output\.dense|mlp\.(fc2|down_proj)",
    ]
    return [next(module for name, module in found.items() if re.fullmatch(pattern, name)) for pattern in names]


def classifier(reference, library):
    """The reference's tensors with the keys that timm or torchvision would give them, with a classifier."""
    embeddings, projection = reference.embeddings, reference.embeddings.patch_embeddings.projection
    timm = library == "timm"
    tensors = {
        "cls_token" if timm else "class_token": embeddings.cls_token,
        "pos_embed" if timm else "encoder.pos_embedding": embeddings.position_embeddings,
    }
    for kind in ("weight", "bias"):
        tensors[f"{'patch_embed.proj' if timm else 'conv_proj'}.{kind}"] = getattr(projection, kind)
        tensors[f"{'norm' if timm else 'encoder.ln'}.{kind}"] = torch.ones(DIM)
        tensors[f"{'head' if timm else 'heads.head'}.{kind}"] = torch.ones(1000)
        for index, block in enumerate(layers(reference)):
            norm1, norm2, query, key, value, out, up, down = block_parts(block)
            begin = f"blocks.{index}" if timm else f"encoder.layers.encoder_layer_{index}"
            names = (
                ("norm1", "norm2", f"attn.qkv.{kind}", "attn.proj", "mlp.fc1", "mlp.fc2")
                if timm
                else ("ln_1", "ln_2", f"self_attention.in_proj_{kind}", "self_attention.out_proj", "mlp.0", "mlp.3")
            )
            tensors[f"{begin}.{names[2]}"] = torch.cat([getattr(part, kind) for part in (query, key, value)])
            for name, module in zip((names[0], names[1], *names[3:]), (norm1, norm2, out, up, down), strict=True):
                tensors[f"{begin}.{name}.{kind}"] = getattr(module, kind)
    return {key: tensor.detach().clone() for key, tensor in tensors.items()}


def layers(reference):
    return reference.layers if hasattr(reference, "layers") else reference.encoder.layer


@pytest.mark.parametrize("library", ["timm", "torchvision"])
def test_blocks_of_a_vit_give_what_transformers_give(reference, library):
    found = from_imagenet(classifier(reference, library))
    assert library in found.name
    config = found.config
    assert (config.embed_dim, config.depth, config.num_heads, config.mlp_ratio) == (DIM, DEPTH, HEADS, 3)
    assert config.global_attn_indexes == (0, 1, 2, 3)
    encoder = ImageEncoderViT(config).eval()
    unfilled = encoder.load_state_dict(
        {key.removeprefix("image_encoder."): tensor for key, tensor in found.state_dict.items()}, strict=False
    )
    assert not unfilled.unexpected_keys
    assert all("rel_pos" in key or key.startswith("neck.") for key in unfilled.missing_keys)
    images = torch.randn(2, 3, 224, 224, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        levels = encoder.levels(images)
        # Without the class token, which the other tokens would look at.
        tokens = reference.embeddings(images)[:, 1:]
        for block, level in zip(layers(reference), levels, strict=True):
            output = block(tokens)
            tokens = output[0] if isinstance(output, tuple) else output
            torch.testing.assert_close(level.flatten(2).transpose(1, 2), tokens, rtol=0, atol=1e-4)


@pytest.mark.parametrize("class_tokens", [0, 1, 2])
def test_positions_are_resized_without_class_tokens(reference, class_tokens):
    tensors = classifier(reference, "timm")
    grid = np.random.default_rng(0).normal(size=(14, 14, DIM)).astype(np.float32)
    patches = torch.from_numpy(grid).reshape(1, 196, DIM)
    tensors["pos_embed"] = torch.cat([torch.full((1, class_tokens, DIM), 9.0), patches], dim=1)
    expected = cv2.resize(grid, (64, 64), interpolation=cv2.INTER_CUBIC)
    found = from_imagenet(tensors).state_dict["image_encoder.pos_embed"]
    np.testing.assert_allclose(found[0].numpy(), expected, rtol=0, atol=1e-5)


@pytest.fixture(scope="module")
def mobile_sam():
    return read_checkpoint(shared("weights/mobile_sam.safetensors")).state_dict


def of_encoder(mobile_sam):
    beginning, neck = "image_encoder.", "image_encoder.neck."
    return {
        key.removeprefix(beginning): tensor
        for key, tensor in mobile_sam.items()
        if key.startswith(beginning) and not key.startswith(neck)
    }


def timm_key(key):
    """timm's name for a key of TinyViT: convolutions have longer names, and a stage begins with its merging."""
    key = re.sub(r"\.c\.", ".conv.", key)
    key = key.replace("patch_embed.seq.0", "patch_embed.conv1").replace("patch_embed.seq.2", "patch_embed.conv2")
    key = re.sub(r"^layers\.(\d)\.downsample", lambda found: f"stages.{int(found[1]) + 1}.downsample", key)
    return re.sub(r"^layers\.", "stages.", key)


def test_timms_keys_are_these():
    assert [
        timm_key(key)
        for key in (
            "patch_embed.seq.2.bn.running_var",
            "layers.0.blocks.1.conv2.c.weight",
            "layers.2.downsample.conv3.bn.bias",
            "layers.3.blocks.0.local_conv.c.weight",
            "layers.1.blocks.0.attn.attention_biases",
            "layers.1.blocks.0.mlp.fc1.bias",
        )
    ] == [
        "patch_embed.conv2.bn.running_var",
        "stages.0.blocks.1.conv2.conv.weight",
        "stages.3.downsample.conv3.bn.bias",
        "stages.3.blocks.0.local_conv.conv.weight",
        "stages.1.blocks.0.attn.attention_biases",
        "stages.1.blocks.0.mlp.fc1.bias",
    ]


@pytest.mark.parametrize("spelling", ["timm", "authors"])
def test_tiny_vits_are_read_in_both_spellings(mobile_sam, spelling):
    tensors = of_encoder(mobile_sam)
    classifier_keys = ("norm_head.weight", "head.weight")
    if spelling == "timm":
        tensors = {timm_key(key): tensor for key, tensor in tensors.items()}
        classifier_keys = ("head.norm.weight", "head.fc.weight")
    else:
        tensors["layers.1.blocks.0.attn.attention_bias_idxs"] = torch.zeros(49, 49, dtype=torch.int64)
    found = from_imagenet(tensors | dict.fromkeys(classifier_keys, torch.ones(1)))
    assert spelling in found.name
    assert SamConfig(encoder=found.config) == SamConfig(encoder=TINY_VIT)
    expected = {
        key: tensor
        for key, tensor in mobile_sam.items()
        if key.startswith("image_encoder.") and not key.startswith("image_encoder.neck.")
    }
    assert found.state_dict.keys() == expected.keys()
    assert all(torch.equal(found.state_dict[key], tensor.float()) for key, tensor in expected.items())


def test_what_is_no_classifier_is_none(mobile_sam):
    assert from_imagenet(mobile_sam) is None
    assert from_imagenet({"conv1.weight": torch.ones(64, 3, 7, 7)}) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"blocks.0.ls1.gamma": torch.ones(DIM)}, "counterpart, but got 'blocks.0.ls1.gamma'"),
        ({"patch_embed.proj.weight": torch.ones(DIM, 3, 32, 32)}, r"patches are \(32, 32\)"),
        ({"patch_embed.proj.weight": torch.ones(96, 3, 16, 16)}, "has 96 channels"),
        ({"blocks.0.mlp.fc1.bias": None}, "perceptron in the first block"),
        ({"pos_embed": None}, "position embedding.*but got none"),
    ],
)
def test_another_architecture_is_said(reference, change, said):
    tensors = {key: tensor for key, tensor in (classifier(reference, "timm") | change).items() if tensor is not None}
    with pytest.raises(WeightsError, match=said):
        from_imagenet(tensors)
