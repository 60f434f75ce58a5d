from __future__ import annotations

import pytest
import torch
from torch import nn

from tests.references import segment_anything
from ultrasam.modeling.two_way_transformer import TwoWayTransformer

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
