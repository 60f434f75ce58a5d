from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from tests.modeling.networks import SMALL_VIT, images, own_network, reference_network
from ultrasam.modeling import vit
from ultrasam.modeling.config import VIT_B, VIT_H


@pytest.fixture(scope="module")
def encoders():
    reference = reference_network()
    return reference.image_encoder, own_network(reference).image_encoder


@pytest.mark.parametrize("window_size", [4, 7, 16, 20])
def test_windows_of_any_size_are_segment_anythings(window_size):
    config = vit.ViTConfig(**{**vars(SMALL_VIT), "window_size": window_size})
    reference = reference_network(config)
    batch = images(2)
    with torch.no_grad():
        torch.testing.assert_close(
            own_network(reference, config).image_encoder(batch),
            reference.image_encoder(batch),
            rtol=0,
            atol=1e-4,
        )


@pytest.mark.parametrize("size", [128, 192, 512])
def test_other_input_sizes_interpolate_positions(encoders, size):
    """OpenCV's cubic gives the position embedding; segment-anything itself resizes relative positions."""
    reference, own = encoders
    trained = reference.pos_embed.detach().clone()
    grid = size // 16
    resized = cv2.resize(trained[0].numpy(), (grid, grid), interpolation=cv2.INTER_CUBIC)
    reference.pos_embed = nn.Parameter(torch.from_numpy(resized)[None])
    try:
        with torch.no_grad():
            batch = images(1, size)
            torch.testing.assert_close(own(batch), reference(batch), rtol=0, atol=1e-4)
    finally:
        reference.pos_embed = nn.Parameter(trained)


@pytest.mark.parametrize("elements", [1, 300, 70_000])
def test_attention_in_pieces_is_attention_at_once(encoders, monkeypatch, elements):
    batch = images(2)
    expected = encoders[1](batch)
    monkeypatch.setattr(vit, "BIAS_ELEMENTS", elements)
    with torch.no_grad():
        torch.testing.assert_close(encoders[1](batch), expected, rtol=0, atol=1e-5)


def test_gradients_are_segment_anythings(encoders):
    batch = images(2)
    weight = images(1, seed=5)[:, :1, :16, :16]
    for encoder in encoders:
        encoder.zero_grad()
        (encoder(batch) * weight).sum().backward()
    expected = dict(encoders[0].named_parameters())
    for name, parameter in encoders[1].named_parameters():
        gradient = expected[name].grad
        scale = gradient.abs().max()
        assert scale > 0, name
        torch.testing.assert_close(parameter.grad / scale, gradient / scale, rtol=0, atol=1e-3, msg=name)


def test_relative_positions_count_from_query_to_key():
    table = torch.arange(5.0)[:, None]
    expected = np.array([[2, 1, 0], [3, 2, 1], [4, 3, 2]], np.float32)
    np.testing.assert_array_equal(vit.relative_positions(table, 3)[..., 0].numpy(), expected)


def test_images_of_a_batch_do_not_mix(encoders):
    batch = images(3)
    with torch.no_grad():
        one_by_one = torch.cat([encoders[1](image[None]) for image in batch])
        torch.testing.assert_close(encoders[1](batch), one_by_one, rtol=0, atol=1e-5)


def test_levels_are_what_segment_anythings_blocks_give_at_the_end_of_each_quarter():
    config = vit.ViTConfig(**{**vars(SMALL_VIT), "depth": 8, "global_attn_indexes": (1, 3, 5, 7)})
    reference = reference_network(config)
    given = {}
    for index, block in enumerate(reference.image_encoder.blocks):
        block.register_forward_hook(lambda _block, _input, output, index=index: given.update({index: output}))
    batch = images(2)
    encoder = own_network(reference, config).image_encoder
    with torch.no_grad():
        reference.image_encoder(batch)
        levels = encoder.levels(batch)
    assert len(levels) == len(encoder.level_channels) == len(encoder.level_strides) == 4
    for level, index in zip(levels, config.global_attn_indexes, strict=True):
        torch.testing.assert_close(level, given[index].permute(0, 3, 1, 2), rtol=0, atol=1e-4)


@pytest.mark.parametrize(("config", "blocks"), [(VIT_B, [3, 6, 9, 12]), (VIT_H, [8, 16, 24, 32])])
def test_sams_own_encoders_attend_globally_where_a_level_ends(config, blocks):
    with torch.device("meta"):
        encoder = vit.ImageEncoderViT(config)
    assert encoder._level_ends == blocks
    assert [index + 1 for index in config.global_attn_indexes] == blocks


def test_levels_of_an_encoder_that_recomputes_are_the_same(encoders):
    batch = images(1)
    expected = encoders[1].levels(batch)
    encoders[1].recomputes = True
    try:
        for level, known in zip(encoders[1].levels(batch), expected, strict=True):
            torch.testing.assert_close(level, known, rtol=0, atol=1e-6)
    finally:
        encoders[1].recomputes = False
