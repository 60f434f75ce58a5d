from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from ultrasam.training.callbacks import Pictures
from ultrasam.training.callbacks.pictures import draw

GREEN, ORANGE = (0, 158, 115), (230, 159, 0)


def has(picture, colour, rows, columns):
    """Whether a part of a picture has pixels that are nearly of a colour."""
    part = picture[rows, columns].astype(int)
    return bool((np.abs(part - colour).max(-1) < 60).any())


def half(side, size=16):
    """A rectangle on the left or on the right, in cells of four pixels."""
    mask = torch.zeros(size, size)
    mask[3:9, slice(2, 6) if side == "left" else slice(10, 14)] = 1
    return mask


def test_the_truth_is_green_and_the_answer_orange():
    image = torch.full((3, 64, 64), 40, dtype=torch.uint8)
    picture = draw(image, (255 * half("left")).to(torch.uint8), half("right") * 8 - 4)
    scale = picture.shape[1] / 64
    left, right = slice(0, int(32 * scale)), slice(int(32 * scale), None)
    assert has(picture, GREEN, slice(None), left)
    assert has(picture, ORANGE, slice(None), right)
    assert not has(picture, GREEN, slice(None), right)
    assert not has(picture, ORANGE, slice(None), left)


def test_finer_truths_lie_where_coarse_ones_do():
    image = torch.full((3, 48, 64), 40, dtype=torch.uint8)
    coarse, fine = half("left"), half("left").repeat_interleave(2, 0).repeat_interleave(2, 1)
    nothing = torch.full((16, 16), -4.0)
    pictures = [draw(image, (255 * truth).to(torch.uint8), nothing).astype(int) for truth in (coarse, fine)]
    assert pictures[0].shape == pictures[1].shape
    green = [np.argwhere(np.abs(picture - GREEN).max(-1) < 60) for picture in pictures]
    np.testing.assert_allclose(green[0].mean(0), green[1].mean(0), atol=1.5)


def shown(pictures, groups):
    """Tags, steps and shapes of what is drawn of images of data sets, of which the first has two objects."""
    added = []
    writer = SimpleNamespace(add_image=lambda tag, picture, step, dataformats: added.append((tag, step, picture.shape)))
    trainer = SimpleNamespace(logger=SimpleNamespace(experiment=writer), is_global_zero=True, global_step=7)
    index = torch.tensor([0] * 6 + [i for i in range(1, len(groups)) for _ in range(3)])
    batch = type("Made", (SimpleNamespace,), {"__len__": lambda self: len(groups)})(
        images=[torch.zeros(3, 48, 64, dtype=torch.uint8)] * len(groups),
        names=tuple(str(i) for i in range(len(groups))),
        prompts=SimpleNamespace(image_index=index),
        groups=torch.tensor(groups)[index],
        kinds=torch.arange(len(index)) % 3,
        truths=torch.zeros(len(index), 16, 16, dtype=torch.uint8),
    )
    pictures.on_validation_epoch_start(trainer, None)
    pictures.on_validation_batch_end(trainer, None, torch.zeros(len(index), 16, 16), batch, 0)
    return added


def test_a_strip_of_small_pictures_of_each_image():
    pictures = Pictures(2, images=2)
    for _ in range(2):
        assert shown(pictures, [0, 0, 1]) == [(name, 7, (192, 3 * 256, 3)) for name in ("0", "2")]


@pytest.mark.parametrize(
    ("datasets", "groups", "drawn"),
    [(1, [0] * 9, [0, 1, 2, 3, 4, 5]), (4, [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3, [0, 1, 3, 4, 6, 9])],
)
def test_data_sets_share_the_pictures(datasets, groups, drawn):
    assert [int(tag) for tag, _, _ in shown(Pictures(datasets), groups)] == drawn
