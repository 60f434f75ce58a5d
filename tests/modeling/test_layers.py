from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from tests.references import segment_anything
from ultrasam.modeling import layers
from ultrasam.modeling.layers import AtLeastFloat32, LayerNorm2d, MLPBlock, join_windows, split_windows


class Affine(AtLeastFloat32, torch.nn.BatchNorm1d):
    pass


def test_only_16_bits_are_refused():
    network = torch.nn.Sequential(torch.nn.Linear(2, 2), Affine(2))
    variance = network[1].running_var.fill_(70_001.0)
    for narrow in (torch.float16, torch.bfloat16):
        network.to(narrow)
        assert network[0].weight.dtype == narrow
        assert network[1].weight.dtype == torch.float32
        assert network[1].running_var.equal(variance)
        assert network[1].num_batches_tracked.dtype == torch.int64
    assert network.double()[1].weight.dtype == torch.float64
    assert network.half()[1].weight.dtype == torch.float32
    assert network.to("meta")[1].running_var.is_meta


def test_layer_norm_2d_is_segment_anythings():
    torch.manual_seed(0)
    reference = segment_anything().modeling.common.LayerNorm2d(6)
    own = LayerNorm2d(6)
    torch.nn.init.normal_(reference.weight)
    torch.nn.init.normal_(reference.bias)
    own.load_state_dict(reference.state_dict())
    features = 3 * torch.randn(2, 6, 5, 4) + 7
    torch.testing.assert_close(own(features), reference(features))


@pytest.mark.parametrize(("height", "width", "window"), [(14, 14, 7), (16, 16, 7), (5, 9, 4), (3, 3, 8)])
def test_windows_are_segment_anythings_and_join_again(height, width, window):
    grid = torch.randn(2, height, width, 3)
    expected, _ = segment_anything().modeling.image_encoder.window_partition(grid, window)
    windows = split_windows(grid, window)
    torch.testing.assert_close(windows, expected, rtol=0, atol=0)
    torch.testing.assert_close(join_windows(windows, (height, width)), grid, rtol=0, atol=0)


def test_windows_are_filled_up_with_what_is_given():
    grid, filling = torch.randn(2, 5, 9, 3), torch.tensor([1.0, 2.0, 3.0])
    expected = split_windows(grid - filling, 4) + filling
    torch.testing.assert_close(split_windows(grid, 4, filling), expected)


def test_a_perceptron_in_pieces_is_the_whole_one(monkeypatch):
    monkeypatch.setattr(layers, "TOKENS_AT_ONCE", 7)
    perceptron = MLPBlock(6, 12)
    tokens = torch.randn(2, 5, 3, 6)
    whole = perceptron(tokens)
    pieces = []
    monkeypatch.setattr(perceptron.lin1, "forward", lambda part: pieces.append(len(part)) or F.linear(part, *weights))
    weights = (perceptron.lin1.weight, perceptron.lin1.bias)
    with torch.no_grad():
        torch.testing.assert_close(perceptron(tokens.transpose(0, 2)), whole.transpose(0, 2))
    assert pieces == [7, 7, 7, 7, 2]


@pytest.mark.parametrize("name", ["lin1.weight", "lin1.bias", "lin2.weight", "lin2.bias"])
def test_one_parameter_of_a_perceptron_can_be_trained_alone(name):
    perceptron, tokens = MLPBlock(6, 12), torch.randn(2, 5, 6)
    perceptron(tokens).square().sum().backward()
    expected = perceptron.get_parameter(name).grad.clone()
    perceptron.zero_grad()
    perceptron.requires_grad_(False).get_parameter(name).requires_grad_(True)
    perceptron(tokens).square().sum().backward()
    torch.testing.assert_close(perceptron.get_parameter(name).grad, expected)
