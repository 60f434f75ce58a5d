from __future__ import annotations

import pytest
import torch

from tests.modeling.networks import SMALL_TINY_VIT, SMALL_VIT, images
from ultrasam.errors import InputError
from ultrasam.modeling.heads.pyramid import PYRAMID_STRIDES, Pyramid
from ultrasam.modeling.tiny_vit import TinyViT
from ultrasam.modeling.vit import ImageEncoderViT


@pytest.mark.parametrize(
    "encoder", [ImageEncoderViT(SMALL_VIT).eval(), TinyViT(SMALL_TINY_VIT).eval()], ids=["vit", "tiny_vit"]
)
@pytest.mark.parametrize("targets", [PYRAMID_STRIDES, (4, 8, 16, 16)])
def test_both_encoders_levels_become_maps_of_one_width(encoder, targets):
    pyramid = Pyramid(encoder.level_channels, encoder.level_strides, 24, targets)
    maps = pyramid(encoder.levels(images(2, 128)))
    assert [tuple(found.shape) for found in maps] == [(2, 24, 128 // stride, 128 // stride) for stride in targets]


def test_a_cell_comes_from_its_own_place_in_its_own_level():
    torch.manual_seed(0)
    pyramid = Pyramid((8,) * 4, (16,) * 4, 6)
    levels = [torch.randn(1, 8, 4, 4) for _ in range(4)]
    before = pyramid(levels)
    levels[1][:, :, 2, 3] += 1
    after = pyramid(levels)
    changed = [(a != b).any(dim=1)[0].nonzero().tolist() for a, b in zip(before, after, strict=True)]
    assert changed == [[], [[4, 6], [4, 7], [5, 6], [5, 7]], [], []]


def test_the_coarsest_map_takes_the_strongest_of_four_cells():
    pyramid = Pyramid((4,) * 4, (16,) * 4, 4)
    level = torch.tensor([[[[0.0, 5], [1, 2]], [[3, 1], [0, 2]], [[4, 4], [4, 4]], [[0, 0], [-1, -2]]]])
    strongest = torch.tensor([5.0, 3, 4, 0]).view(1, 4, 1, 1)
    projection, norm = pyramid.scales[3][1:]
    torch.testing.assert_close(pyramid([level] * 4)[3], norm(projection(strongest)))


@pytest.mark.parametrize("stride", [5, 64, 1])
def test_a_stride_too_far_away_is_said(stride):
    with pytest.raises(InputError, match=f"of stride 4, .*but got {stride}"):
        Pyramid((8,) * 4, (stride, 16, 16, 16), 6)
