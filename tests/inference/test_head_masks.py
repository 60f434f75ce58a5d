import numpy as np
import pytest
import torch
from transformers import Mask2FormerImageProcessorPil
from transformers.models.mask2former.modeling_mask2former import Mask2FormerForUniversalSegmentationOutput

from ultrasam.inference.coordinates import ModelFrame
from ultrasam.inference.head_masks import instance_masks, semantic_masks

FRAME = ModelFrame.fitted((60, 90), 128)
SIDE = 32


def disc(x, y, radius, height=8.0, side=SIDE):
    """Logits ``(side, side)``, positive inside a disc, in cells of the network's output."""
    yy, xx = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    return (radius - torch.hypot(xx - float(x), yy - float(y))).clamp(-1, 1) * height


def classes(*pairs, count=2):
    """Logits ``(Q, C + 1)`` of queries that are surely of a class, as far as their share says."""
    rows = []
    for category, share in pairs:
        row = torch.full((count + 1,), 1e-6)
        row[category], row[-1] = share, 1 - share
        rows.append(row.clamp(min=1e-6).log())
    return torch.stack(rows)


def test_each_pixel_has_its_most_probable_class():
    logits = 3 * torch.randn(4, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    found = semantic_masks(logits, FRAME)
    probabilities = FRAME.logits_to_original(logits).double().numpy()
    probabilities = np.exp(probabilities - probabilities.max(0))
    probabilities /= probabilities.sum(0)
    assert [mask.category for mask in found] == [0, 1, 2]
    for mask in found:
        expected = probabilities.argmax(0) == mask.category + 1
        assert np.array_equal(mask.mask.numpy(), expected)
        assert mask.score == pytest.approx(probabilities[mask.category + 1][expected].mean(), abs=1e-5)
    assert sum(mask.mask.int() for mask in found).max() == 1


def test_logits_of_a_class_are_its_log_odds_and_surely_outside_in_the_padding():
    logits = torch.stack([torch.zeros(SIDE, SIDE), disc(10, 10, 6), disc(20, 10, 6)])
    found = semantic_masks(logits, FRAME)[0]
    share = logits.softmax(0)[1]
    filled = 22  # ceil(85 rows of the model's frame / 4)
    assert torch.allclose(found.logits[:filled], torch.logit(share)[:filled], atol=1e-4)
    assert (found.logits[filled:] == -10).all()


def test_a_class_without_a_pixel_is_not_given():
    logits = torch.stack([torch.zeros(SIDE, SIDE), torch.full((SIDE, SIDE), -5.0), disc(10, 10, 6)])
    assert [mask.category for mask in semantic_masks(logits, FRAME)] == [1]


def test_instances_are_scored_as_transformers_scores_them():
    class_logits = classes((0, 0.9), (1, 0.55), (1, 0.7), (0, 0.8))
    # Far from each other, so that none is another's double; 384 cells, to which transformers brings all masks.
    mask_logits = torch.stack([disc(48 + 96 * i, 120, 40, height=1.0 + i, side=384) for i in range(4)])
    found = instance_masks(class_logits, mask_logits, ModelFrame.fitted((1536, 1536), 1536), 0.0)
    output = Mask2FormerForUniversalSegmentationOutput(
        class_queries_logits=class_logits[None], masks_queries_logits=mask_logits[None]
    )
    processor = Mask2FormerImageProcessorPil()
    (theirs,) = processor.post_process_instance_segmentation(output, threshold=0.0, return_coco_annotation=False)
    expected = sorted(((info["score"], info["label_id"]) for info in theirs["segments_info"]), reverse=True)
    assert [mask.category for mask in found] == [category for _, category in expected] == [0, 1, 0, 1]
    assert [mask.score for mask in found] == pytest.approx([score for score, _ in expected], abs=1e-5)


def test_of_doubles_the_better_stays():
    mask_logits = torch.stack([disc(10, 10, 6), disc(10.5, 10, 6), disc(10, 10.3, 6), disc(24, 10, 5)])
    class_logits = classes((0, 0.7), (0, 0.9), (1, 0.8), (0, 0.6))
    found = instance_masks(class_logits, mask_logits, FRAME, 0.3)
    assert [(mask.category, round(mask.score, 1)) for mask in found] == [(0, 0.9), (0, 0.6)]


def test_a_structure_within_another_is_no_double():
    mask_logits = torch.stack([disc(10, 10, 8), disc(10, 10, 6.5)])
    assert len(instance_masks(classes((0, 0.9), (1, 0.8)), mask_logits, FRAME, 0.3)) == 2
    assert len(instance_masks(classes((0, 0.9), (0, 0.8)), mask_logits, FRAME, 0.3)) == 1, "of one class it is"


def test_what_is_unsure_empty_or_in_the_padding_is_not_given():
    mask_logits = torch.stack([disc(10, 10, 5), disc(22, 10, 5), torch.full((SIDE, SIDE), -3.0), disc(10, 29, 2)])
    class_logits = classes((0, 0.4), (1, 0.9), (1, 0.99), (1, 0.99))
    found = instance_masks(class_logits, mask_logits, FRAME, 0.5)
    assert [mask.category for mask in found] == [1]
    expected = FRAME.logits_to_original(disc(22, 10, 5)[None])[0] > 0
    assert torch.equal(found[0].mask, expected)
