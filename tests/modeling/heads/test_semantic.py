from __future__ import annotations

import torch

from ultrasam.modeling.heads.semantic import SemanticHead

CHANNELS, STRIDES = (8, 12, 16, 16), (4, 8, 16, 16)


def levels(count=2, size=64):
    generator = torch.Generator().manual_seed(1)
    return [
        torch.randn(count, channels, size // stride, size // stride, generator=generator)
        for channels, stride in zip(CHANNELS, STRIDES, strict=True)
    ]


def test_every_quarter_pixel_has_the_background_and_the_classes():
    head = SemanticHead(CHANNELS, STRIDES, 3, width=16)
    assert head(levels()).shape == (2, 4, 16, 16)


def test_pictures_of_a_batch_do_not_mix():
    torch.manual_seed(0)
    head = SemanticHead(CHANNELS, STRIDES, 3, width=16)
    given = levels()
    one_by_one = torch.cat([head([level[i : i + 1] for level in given]) for i in range(2)])
    torch.testing.assert_close(head(given), one_by_one, rtol=0, atol=1e-5)


def test_every_level_is_heard_at_its_place():
    """A change in one corner of any level changes that corner, and not the opposite one."""
    torch.manual_seed(0)
    head = SemanticHead(CHANNELS, STRIDES, 3, width=16)
    before = head(levels(size=256))
    for index in range(4):
        given = levels(size=256)
        given[index][:, :, 0, 0] += 3
        changed = (head(given) - before).abs().amax(dim=1)
        assert (changed[:, 0, 0] > 1e-3).all()
        assert (changed[:, 40:, 40:] == 0).all()


def test_classes_begin_nearly_alike():
    """No class is ahead before anything was learnt, so that rare ones are not lost in the first steps."""
    torch.manual_seed(0)
    probabilities = SemanticHead(CHANNELS, STRIDES, 3, width=16)(levels()).softmax(1)
    assert (probabilities - 0.25).abs().max() < 0.1
