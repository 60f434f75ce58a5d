from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from tests.evaluation.made_data import ellipse
from ultrasam.inference.coordinates import ModelFrame
from ultrasam.training.cover import cover, inside_image

SIZE = 64


def test_a_half_planes_cells_are_exact_but_for_the_antialiasing():
    """A triangle two cells wide puts 1/8 of its weight beyond the edge of a cell next to it."""
    mask = np.zeros((256, 192), bool)
    mask[:, :96] = True
    frame = ModelFrame.fitted((256, 192), SIZE)
    assert frame.resized_hw == (64, 48)
    expected = [255] * 5 + [223, 32] + [0] * 9
    assert cover(mask, frame, 4).tolist() == [expected] * 16
    assert cover(np.ones((256, 192), bool), frame, 4).tolist() == [[255] * 12 + [0] * 4] * 16


def test_cover_is_that_of_an_independent_resizing():
    mask = np.random.default_rng(0).random((96, 128)) < 0.5
    mask[20:70, 30:90] = True
    frame = ModelFrame.fitted((96, 128), SIZE)
    resized = F.interpolate(torch.from_numpy(mask).float()[None, None], (24, 32), mode="bilinear", antialias=True)
    found = cover(mask, frame, 2)
    assert found.dtype == torch.uint8
    assert (found[:24].float() - 255 * resized[0, 0]).abs().max() <= 1
    assert not found[24:].any()


@pytest.mark.parametrize("size_hw", [(540, 640), (640, 540), (700, 512), (45, 50), (5, 640)])
@pytest.mark.parametrize("fit", ["round", "floor", "squash"])
def test_a_truth_of_the_logits_size_is_the_mask_wherever_it_lies(size_hw, fit):
    """Sides that the stride does not divide move nothing: as logits, the cover gives the mask back."""
    frame = ModelFrame.fitted(size_hw, SIZE, fit)
    columns = size_hw[1]
    for edge in (columns // 5, columns // 2, columns - columns // 5):
        mask = np.zeros(size_hw, bool)
        mask[:, edge:] = True
        logits = cover(mask, frame, 4).float() - 127.5
        found = frame.logits_to_original(logits[None])[0].numpy() > 0
        wrong = (found != mask).sum(1)
        # A third of a pixel of the model's frame, a twelfth of a cell.
        assert wrong.max() <= max(0.34 / frame.scale_xy[0], 1)
        # What reaches the image's border reaches it there, too.
        assert found[:, -1].all()
        assert found[-1, -1]


def test_finer_covers_average_to_coarser_ones():
    mask = ellipse(200, 150, 80, 60, (300, 400))
    frame = ModelFrame.fitted((300, 400), SIZE)
    fine, coarse = cover(mask, frame, 1).float(), cover(mask, frame, 4).float()
    pooled = F.avg_pool2d(fine[None], 4)[0]
    assert ((pooled > 127) != (coarse > 127)).sum() <= 2
    assert (pooled.sum() / coarse.sum()).item() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("fit", ["round", "floor", "squash"])
@pytest.mark.parametrize("stride", [1, 2, 4])
def test_the_image_is_where_a_mask_of_all_of_it_is(stride, fit):
    frames = [ModelFrame.fitted(size_hw, SIZE, fit) for size_hw in [(45, 50), (5, 640), (640, 540)]]
    index = torch.tensor([2, 0, 0, 1])
    found = inside_image(frames, index, SIZE // stride)
    assert found.shape == (4, 1, SIZE // stride, SIZE // stride)
    for inside, i in zip(found, index.tolist(), strict=True):
        whole = cover(np.ones(frames[i].original_hw, bool), frames[i], stride)
        assert torch.equal(inside[0], whole == 255)
        assert torch.equal(inside[0], whole > 0)


def test_objects_of_the_only_image_need_no_index():
    frame = ModelFrame.fitted((32, 64), SIZE)
    assert torch.equal(inside_image([frame], None, 16), inside_image([frame], torch.tensor([0]), 16))
