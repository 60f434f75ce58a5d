from __future__ import annotations

import copy

import pytest
import torch

from tests.modeling.networks import SIZE, object_prompt, own_network, reference_network
from ultrasam.modeling.prompt_encoder import RandomPositionEncoding
from ultrasam.modeling.prompts import PromptTokens


@pytest.fixture(scope="module")
def encoders():
    reference = reference_network()
    return reference.prompt_encoder, own_network(reference).prompt_encoder


def test_sparse_and_dense_embeddings_are_segment_anythings(encoders):
    reference, own = encoders
    prompt = object_prompt(3, points=4, mask=True)
    points = (prompt.points_xy[None], prompt.labels[None])
    expected_sparse, expected_dense = reference(points=points, boxes=None, masks=prompt.mask_logits[None, None])
    sparse, dense = own(PromptTokens.pad([prompt]), SIZE)
    torch.testing.assert_close(sparse, expected_sparse, rtol=0, atol=1e-5)
    torch.testing.assert_close(dense, expected_dense, rtol=0, atol=1e-5)


def test_image_positions_are_segment_anythings(encoders):
    reference, own = encoders
    expected = reference.get_dense_pe().flatten(2).transpose(1, 2)
    torch.testing.assert_close(own.image_positions(SIZE // 16), expected, rtol=0, atol=1e-5)


def test_padding_slots_are_zero(encoders):
    tokens = PromptTokens.pad([object_prompt(0, points=1), object_prompt(1, points=3)])
    sparse, _ = encoders[1](tokens, SIZE)
    assert not sparse[0, 2:].any()
    assert sparse[1].abs().sum(-1).all()


@pytest.mark.parametrize("move", [torch.nn.Module.bfloat16, torch.nn.Module.half, torch.nn.Module.float])
def test_positions_stay_exact_in_half_precision(move):
    encoding = RandomPositionEncoding(32)
    matrix = encoding.positional_encoding_gaussian_matrix.clone()
    positions = torch.rand(5, 2)
    expected = encoding(positions)
    move(encoding)
    assert torch.equal(encoding.positional_encoding_gaussian_matrix, matrix)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(encoding(positions), expected)


def test_image_positions_are_kept_until_what_they_hang_on_changes(encoders):
    own = copy.deepcopy(encoders[1])
    expected = own.image_positions(5)
    with torch.inference_mode():
        first = own.image_positions(5)
        assert own.image_positions(5) is first
        torch.testing.assert_close(first, expected, rtol=0, atol=0)
        assert own.image_positions(6).shape[1] == 36
    # What was kept in inference mode could not be used with gradients.
    assert not own.image_positions(6).is_inference()
    with torch.no_grad():
        own.image_positions(6)
        own.pe_layer.positional_encoding_gaussian_matrix.mul_(2)
        changed = own.image_positions(6)
        assert own.bfloat16().image_positions(6).dtype == torch.bfloat16
    torch.testing.assert_close(changed, own.float()._image_positions(6), rtol=0, atol=0)


@torch.no_grad()
def test_image_positions_of_another_matrix_in_the_same_memory_are_others(encoders):
    """Weights that are loaded by assignment may lie where others lay that are gone."""
    own = copy.deepcopy(encoders[1])
    layer = own.pe_layer
    layer.positional_encoding_gaussian_matrix = layer.positional_encoding_gaussian_matrix.clone()
    first = own.image_positions(5)
    layer.positional_encoding_gaussian_matrix.data.mul_(2)
    layer.positional_encoding_gaussian_matrix = layer.positional_encoding_gaussian_matrix.data
    assert not torch.equal(own.image_positions(5), first)


def test_image_positions_of_a_network_that_was_made_in_inference_mode(encoders):
    with torch.inference_mode():
        own = copy.deepcopy(encoders[1])
        torch.testing.assert_close(own.image_positions(5), encoders[1].image_positions(5))
        own.pe_layer.positional_encoding_gaussian_matrix.mul_(2)
        torch.testing.assert_close(own.image_positions(5), own._image_positions(5), rtol=0, atol=0)
    with torch.no_grad():
        torch.testing.assert_close(own.image_positions(5), own._image_positions(5), rtol=0, atol=0)
