from __future__ import annotations

import pytest
import torch

from tests.modeling.networks import object_prompt
from ultrasam.inference.coordinates import ModelFrame
from ultrasam.modeling.prompts import PromptLabel
from ultrasam.training.batch import Batch, Item

SIZE = 64


def item(number, objects, size_hw, *, embedded=False, mask=False):
    return Item(
        image=torch.full((3, *size_hw), number, dtype=torch.uint8),
        embedding=torch.full((256, 4, 4), float(number)) if embedded else None,
        frame=ModelFrame.fitted((2 * size_hw[0], 2 * size_hw[1]), SIZE),
        prompts=[object_prompt(10 * number + i, points=1 + i, size=SIZE, mask=mask) for i in range(objects)],
        truths=torch.stack([torch.full((16, 16), 10 * number + i, dtype=torch.uint8) for i in range(objects)]),
        name=f"set/{number}.png",
        group=number + 5,
        kinds=torch.arange(objects),
        draws=torch.full((objects, 1), number / 10),
        position=100 + number,
    )


def test_objects_know_their_images():
    items = [item(1, 2, (40, 64)), item(2, 3, (64, 30))]
    batch = Batch.collate(items)
    assert len(batch) == 2
    assert [tuple(image.shape) for image in batch.images] == [(3, 40, 64), (3, 64, 30)]
    assert batch.frames == (items[0].frame, items[1].frame)
    assert batch.prompts.image_index.tolist() == [0, 0, 1, 1, 1]
    assert batch.truths[:, 0, 0].tolist() == [10, 11, 20, 21, 22]
    assert batch.truths.dtype == torch.uint8
    assert batch.groups.tolist() == [6, 6, 7, 7, 7]
    assert batch.kinds.tolist() == [0, 1, 0, 1, 2]
    assert batch.draws[:, 0].tolist() == pytest.approx([0.1, 0.1, 0.2, 0.2, 0.2])
    assert batch.names == ("set/1.png", "set/2.png")
    assert batch.position == 101
    assert batch.embeddings is None


def test_prompts_keep_their_points_in_order():
    items = [item(1, 2, (40, 64)), item(2, 3, (64, 30))]
    batch = Batch.collate(items)
    for row, prompt in enumerate(prompt for one in items for prompt in one.prompts):
        count = len(prompt.labels)
        assert torch.equal(batch.prompts.points_xy[row, :count], prompt.points_xy)
        assert torch.equal(batch.prompts.labels[row, :count], prompt.labels)
        assert batch.prompts.labels[row, count] == PromptLabel.NOT_A_POINT
        assert (batch.prompts.labels[row, count + 1 :] == PromptLabel.PADDING).all()


def test_embeddings_are_stacked():
    batch = Batch.collate([item(1, 1, (40, 64), embedded=True), item(2, 1, (64, 64), embedded=True)])
    assert batch.embeddings.shape == (2, 256, 4, 4)
    assert batch.embeddings[:, 0, 0, 0].tolist() == [1, 2]


def test_all_that_the_network_sees_goes_to_the_device():
    batch = Batch.collate([item(1, 2, (40, 64), embedded=True, mask=True)]).to("meta")
    tensors = [*batch.images, batch.embeddings, batch.truths, batch.groups, batch.kinds]
    tensors += [batch.prompts.points_xy, batch.prompts.labels, batch.prompts.mask_logits, batch.prompts.image_index]
    assert {tensor.device.type for tensor in tensors} == {"meta"}
