from __future__ import annotations

import pytest
import torch

from tests.modeling.networks import SMALL_TINY_VIT, images
from ultrasam.modeling.config import TINY_VIT, SamConfig
from ultrasam.modeling.sam import Sam
from ultrasam.modeling.tiny_vit import ConvNorm, TinyViT


@pytest.fixture
def encoder():
    torch.manual_seed(0)
    return TinyViT(SMALL_TINY_VIT).eval()


@pytest.mark.parametrize("size", [64, 128, 320])
def test_any_multiple_of_64_gives_a_sixteenth(encoder, size):
    with torch.no_grad():
        assert encoder(images(2, size)).shape == (2, 256, size // 16, size // 16)


def test_images_of_a_batch_do_not_mix(encoder):
    batch = images(3, 128)
    with torch.no_grad():
        one_by_one = torch.cat([encoder(image[None]) for image in batch])
        torch.testing.assert_close(encoder(batch), one_by_one, rtol=0, atol=1e-5)


def test_attention_is_biased_by_the_distance_in_rows_and_columns(encoder):
    """The softmax of the bias alone, from first principles: queries are made zero, values are the tokens."""
    attention = encoder.layers[1].blocks[0].attn
    heads, size = attention.attention_biases.shape[0], 7
    with torch.no_grad():
        attention.attention_biases.normal_()
        attention.qkv.weight.zero_()
        attention.qkv.bias.zero_()
        head_dim = attention.qkv.in_features // heads
        for head in range(heads):
            values = slice((3 * head + 2) * head_dim, (3 * head + 3) * head_dim)
            attention.qkv.weight[values, head * head_dim : (head + 1) * head_dim] = torch.eye(head_dim)
        attention.proj.weight.copy_(torch.eye(attention.proj.in_features))
        attention.proj.bias.zero_()
        window = torch.randn(1, size, size, attention.qkv.in_features)
        found = attention(window).view(size * size, heads, head_dim)
        tokens = attention.norm(window).view(size * size, heads, head_dim)
    for row, column in [(0, 0), (2, 5), (6, 6)]:
        for head in range(heads):
            bias = [
                attention.attention_biases[head, abs(row - r) * size + abs(column - c)].item()
                for r in range(size)
                for c in range(size)
            ]
            expected = torch.tensor(bias).softmax(0) @ tokens[:, head]
            torch.testing.assert_close(found[row * size + column, head], expected, rtol=0, atol=1e-5)


def test_folded_normalisation_is_the_normalisation():
    torch.manual_seed(0)
    layer = ConvNorm(4, 6, kernel_size=3, stride=2)
    with torch.no_grad():
        for tensor in (layer.bn.weight, layer.bn.bias, layer.bn.running_mean):
            tensor.normal_()
        layer.bn.running_var.uniform_(0.5, 2)
    layer.eval()
    features = torch.randn(2, 4, 9, 9)
    torch.testing.assert_close(layer(features), layer.bn(layer.c(features)), rtol=0, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_rounds_the_folded_weights_once(dtype):
    torch.manual_seed(0)
    layer = ConvNorm(4, 6).eval()
    with torch.no_grad():
        layer.bn.weight.uniform_(300, 400)
        layer.bn.running_mean.uniform_(1, 2)
        # Beyond float16's range.
        layer.bn.running_var.uniform_(1e5, 2e5)
        scale = layer.bn.weight.double() / (layer.bn.running_var.double() + layer.bn.eps).sqrt()
        layer.to(dtype)
        bias = (-layer.bn.running_mean * scale).to(dtype)
        assert torch.equal(layer(torch.zeros(1, 4, 1, 1, dtype=dtype)).flatten(), bias)
        layer.bn.running_mean.zero_()
        weights = (layer.c.weight.double() * scale[:, None, None, None]).to(dtype)
        unit_vectors = torch.eye(4, dtype=dtype)[:, :, None, None]
        assert torch.equal(layer(unit_vectors)[:, :, 0, 0].T, weights[:, :, 0, 0])


def test_half_precision_trains(encoder):
    encoder.to(torch.bfloat16).train()
    encoder(images(2, 64).bfloat16()).square().sum().backward()
    for name, parameter in encoder.named_parameters():
        assert parameter.grad.isfinite().all(), name


def test_training_uses_and_updates_batch_statistics(encoder):
    encoder.train()
    before = encoder.patch_embed.seq[0].bn.running_mean.clone()
    encoder(images(2, 64)).square().sum().backward()
    assert not torch.equal(encoder.patch_embed.seq[0].bn.running_mean, before)
    for name, parameter in encoder.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name


def test_the_classifier_in_mobile_sams_own_file_is_passed_over():
    with torch.device("meta"):
        state_dict = Sam(SamConfig(encoder=TINY_VIT)).state_dict()
        network = Sam(SamConfig(encoder=TINY_VIT))
    state_dict |= {
        "image_encoder.norm_head.weight": torch.zeros(320),
        "image_encoder.norm_head.bias": torch.zeros(320),
        "image_encoder.head.weight": torch.zeros(1000, 320),
        "image_encoder.head.bias": torch.zeros(1000),
    }
    network.load_state_dict(state_dict, strict=True, assign=True)
    assert "image_encoder.head.weight" in state_dict
    state_dict["image_encoder.heads.weight"] = torch.zeros(1)
    with pytest.raises(RuntimeError, match=r"Unexpected key.*image_encoder.heads.weight"):
        network.load_state_dict(state_dict, strict=True, assign=True)


def test_levels_are_what_the_blocks_of_each_stage_give(encoder):
    given = {}
    for index, stage in enumerate(encoder.layers):
        stage.blocks[-1].register_forward_hook(lambda _m, _i, output, index=index: given.update({index: output}))
    batch = images(2, 192)
    with torch.no_grad():
        levels = encoder.levels(batch)
        assert torch.equal(encoder(batch), encoder.neck(levels[-1]))
    for index, (level, channels, stride) in enumerate(
        zip(levels, encoder.level_channels, encoder.level_strides, strict=True)
    ):
        assert level.shape == (2, channels, 192 // stride, 192 // stride)
        assert torch.equal(level, given[index])
    assert encoder.level_strides == (4, 8, 16, 16)


def test_levels_of_an_encoder_that_recomputes_have_the_same_gradients(encoder):
    gradients = []
    for recomputes in (False, True):
        for stage in encoder.layers:
            stage.recomputes = recomputes
        encoder.zero_grad()
        sum(level.square().mean() for level in encoder.levels(images(1, 128))).backward()
        gradients.append({name: p.grad.clone() for name, p in encoder.named_parameters() if p.grad is not None})
    assert gradients[0].keys() == gradients[1].keys()
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient, rtol=0, atol=1e-6, msg=name)
