from __future__ import annotations

import pytest
import torch
from torch import nn

from tests.references import segment_anything
from ultrasam.modeling import two_way_transformer
from ultrasam.modeling.two_way_transformer import Attention, TwoWayTransformer

DIM, HEADS, MLP_DIM = 32, 4, 64


class WithItsInput(nn.Module):
    def __init__(self, mlp):
        super().__init__()
        self.mlp = mlp

    def forward(self, tokens):
        return tokens + self.mlp(tokens)


@pytest.fixture
def inputs():
    torch.manual_seed(0)
    return {
        "image": torch.randn(2, DIM, 6, 6),
        "positions": torch.randn(1, DIM, 6, 6),
        "tokens": torch.randn(2, 7, DIM),
    }


@pytest.fixture
def reference():
    torch.manual_seed(1)
    return segment_anything().modeling.TwoWayTransformer(depth=2, embedding_dim=DIM, num_heads=HEADS, mlp_dim=MLP_DIM)


def own(reference, **options):
    transformer = TwoWayTransformer(DIM, num_heads=HEADS, mlp_dim=MLP_DIM, **options)
    transformer.load_state_dict(reference.state_dict())
    return transformer


def run(transformer, inputs, mask=None):
    image, positions = (inputs[name].flatten(2).transpose(1, 2) for name in ("image", "positions"))
    return transformer(image, positions, inputs["tokens"], mask)


def test_is_segment_anythings(reference, inputs):
    expected = reference(inputs["image"], inputs["positions"].expand(2, -1, -1, -1), inputs["tokens"])
    torch.testing.assert_close(run(own(reference), inputs), expected, rtol=0, atol=1e-5)


def test_doubled_residual_adds_the_queries_twice_around_the_token_mlp(reference, inputs):
    """2 * q + mlp(q) is what segment-anything computes if its MLP gives q + mlp(q)."""
    doubled = own(reference, doubled_residual=True)
    for layer in reference.layers:
        layer.mlp = WithItsInput(layer.mlp)
    expected = reference(inputs["image"], inputs["positions"].expand(2, -1, -1, -1), inputs["tokens"])
    found = run(doubled, inputs)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)
    doubled.layers[0].doubled_residual = False
    assert (run(doubled, inputs)[0] - found[0]).abs().max() > 0.01


def test_masked_tokens_change_nothing(reference, inputs):
    mask = torch.tensor([[True] * 5 + [False] * 2, [True] * 7])
    tokens, image = run(own(reference), inputs, mask)
    short = {name: value[:1] for name, value in inputs.items()} | {"tokens": inputs["tokens"][:1, :5]}
    expected_tokens, expected_image = run(own(reference), short)
    torch.testing.assert_close(tokens[:1, :5], expected_tokens, rtol=0, atol=1e-5)
    torch.testing.assert_close(image[:1], expected_image, rtol=0, atol=1e-5)
    unmasked, _ = run(own(reference), inputs)
    assert (unmasked[0, :5] - tokens[0, :5]).abs().max() > 0.01


def test_a_shared_image_is_the_same_as_its_copies(reference, inputs):
    shared = inputs | {"image": inputs["image"][:1]}
    copies = inputs | {"image": inputs["image"][:1].expand(2, -1, -1, -1)}
    torch.testing.assert_close(run(own(reference), shared), run(own(reference), copies), rtol=0, atol=1e-5)


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize(("rows", "image_rows"), [(1, 1), (3, 3), (2, 1), (1, 3)])
def test_attention_without_gradients_is_attention_with_them(monkeypatch, rows, image_rows, padded):
    """Without gradients the few tokens carry the image's projections; with them attention is the plain one."""
    torch.manual_seed(0)
    attention = Attention(64, 2, downsample_rate=2)
    for name, parameter in attention.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(parameter)
    image, positioned = torch.randn(2, image_rows, 400, 64).unbind(0)
    tokens, values = torch.randn(2, rows, 5, 64).unbind(0)
    mask = torch.arange(5).expand(rows, -1)[:, None, None, :] < 3 if padded else None
    part = torch.arange(400)[None, None, None] < 300 if padded else None
    to_image = attention(tokens, positioned, image, part)
    to_tokens = attention(positioned, tokens, values, mask)

    def unused(*_arguments, **_options):
        raise AssertionError("The image was projected.")

    monkeypatch.setattr(two_way_transformer.F, "scaled_dot_product_attention", unused)
    with torch.no_grad():
        torch.testing.assert_close(attention(tokens, positioned, image, part), to_image, rtol=0, atol=1e-5)
        torch.testing.assert_close(attention(positioned, tokens, values, mask), to_tokens, rtol=0, atol=1e-5)


@pytest.mark.parametrize("case", ["many tokens", "half precision", "autocast", "gradients"])
def test_where_it_does_not_pay_attention_is_the_plain_one(monkeypatch, case):
    attention = Attention(64, 2, downsample_rate=2)
    tokens, image = torch.randn(1, 100 if case == "many tokens" else 5, 64), torch.randn(1, 120, 64)
    if case == "half precision":
        attention, tokens, image = attention.bfloat16(), tokens.bfloat16(), image.bfloat16()
    calls = []
    plain = two_way_transformer.F.scaled_dot_product_attention
    monkeypatch.setattr(
        two_way_transformer.F,
        "scaled_dot_product_attention",
        lambda *arguments, **options: calls.append(1) or plain(*arguments, **options),
    )
    tokens.requires_grad_(case == "gradients")
    with torch.set_grad_enabled(case == "gradients"), torch.autocast("cpu", torch.bfloat16, case == "autocast"):
        attention(tokens, image, image)
        attention(image, tokens, tokens)
    assert len(calls) == 2


class Adapted(nn.Linear):
    def forward(self, tokens):
        return super().forward(tokens) + tokens.mean(-1, keepdim=True)


@torch.no_grad()
@pytest.mark.parametrize("name", ["q_proj", "k_proj", "v_proj", "out_proj"])
def test_a_layer_that_took_the_place_of_a_projection_is_asked(name):
    attention = Attention(64, 2, downsample_rate=2)
    tokens, image = torch.randn(1, 5, 64), torch.randn(1, 400, 64)
    plain = getattr(attention, name)
    adapted = Adapted(plain.in_features, plain.out_features)
    adapted.load_state_dict(plain.state_dict())
    setattr(attention, name, adapted)
    for query, key in ((tokens, image), (image, tokens)):
        with torch.enable_grad():
            expected = attention(query.clone().requires_grad_(), key, key)
        torch.testing.assert_close(attention(query, key, key), expected)
