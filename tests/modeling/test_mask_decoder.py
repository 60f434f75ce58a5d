from __future__ import annotations

import pytest
import torch

from tests.modeling.networks import own_network, reference_network

GRID = 6


@pytest.fixture(scope="module")
def decoders():
    reference = reference_network()
    return reference.mask_decoder, own_network(reference).mask_decoder


@pytest.fixture
def inputs():
    generator = torch.Generator().manual_seed(2)
    image = torch.randn(1, 256, GRID, GRID, generator=generator)
    positions = torch.randn(1, 256, GRID, GRID, generator=generator)
    return image, positions, torch.randn(3, 4, 256, generator=generator)


def test_masks_and_iou_are_segment_anythings(decoders, inputs):
    reference, own = decoders
    image, positions, sparse = inputs
    dense = torch.randn(3, 256, GRID, GRID)
    expected_logits, expected_iou = reference.predict_masks(image, positions, sparse, dense)
    found = own(image + dense, positions.flatten(2).transpose(1, 2), sparse, None)
    torch.testing.assert_close(found.logits, expected_logits, rtol=0, atol=1e-4)
    torch.testing.assert_close(found.iou, expected_iou, rtol=0, atol=1e-4)


def test_objects_may_share_an_image(decoders, inputs):
    image, positions, sparse = inputs
    positions = positions.flatten(2).transpose(1, 2)
    shared = decoders[1](image, positions, sparse, None)
    copied = decoders[1](image.expand(3, -1, -1, -1), positions, sparse, None)
    torch.testing.assert_close(shared.logits, copied.logits, rtol=0, atol=1e-5)
    torch.testing.assert_close(shared.iou, copied.iou, rtol=0, atol=1e-5)


def test_output_tokens_are_those_of_segment_anythings_transformer(decoders, inputs):
    reference, own = decoders
    image, positions, sparse = inputs
    dense = torch.randn(3, 256, GRID, GRID)
    given = []
    hook = reference.transformer.register_forward_hook(lambda _module, _input, output: given.append(output[0]))
    reference.predict_masks(image, positions, sparse, dense)
    hook.remove()
    prediction, tokens = own.with_tokens(image + dense, positions.flatten(2).transpose(1, 2), sparse, None)
    assert tokens.shape == (3, 5, 256)
    torch.testing.assert_close(tokens, given[0][:, :5], rtol=0, atol=1e-4)
    torch.testing.assert_close(own.iou_prediction_head(tokens[:, 0]), prediction.iou)
