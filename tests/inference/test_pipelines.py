import numpy as np
import pytest
import torch
import torch.nn.functional as F

from tests.inference.small_model import small_segmenter
from ultrasam.inference.coordinates import ModelFrame
from ultrasam.inference.pipelines import MedSamPipeline, SamPipeline, to_object_prompt
from ultrasam.types import Prompts

PIXELS = np.random.default_rng(1).integers(0, 256, (90, 160), dtype=np.uint8)
FRAME = ModelFrame.fitted((90, 160), 256)


def test_tokens_are_points_then_corners_in_the_models_frame():
    prompt = Prompts(points_xy=[(10, 20), (30, 40)], labels=[1, 0], box_xyxy=(5, 6, 100, 80))
    tokens = to_object_prompt(prompt, FRAME)
    assert torch.allclose(tokens.points_xy, torch.tensor([[10, 20], [30, 40], [5, 6], [100, 80]]) * 1.6)
    assert tokens.labels.tolist() == [1, 0, 2, 3]
    assert tokens.mask_logits is None


def test_a_mask_with_points_inside_brings_no_box():
    mask = np.zeros((90, 160), bool)
    mask[10:50, 20:70] = True
    assert to_object_prompt(Prompts(mask=mask, points_xy=[(30, 30)]), FRAME).labels.tolist() == [1]
    alone = to_object_prompt(Prompts(mask=mask), FRAME)
    assert alone.labels.tolist() == [2, 3]
    assert torch.allclose(alone.points_xy, torch.tensor([[20.0, 10.0], [70.0, 50.0]]) * 1.6)
    outside = Prompts(mask=mask, points_xy=[(65, 45)], labels=[0])
    assert to_object_prompt(outside, FRAME).labels.tolist() == [0, 2, 3], "clicks outside alone were never learnt"


def test_logits_bring_the_box_of_what_is_inside():
    logits = np.full((64, 64), -3, np.float32)
    logits[4:20, 8:28] = 3
    tokens = to_object_prompt(Prompts(mask=logits), FRAME)
    assert torch.allclose(tokens.points_xy, torch.tensor([[32.0, 16.0], [112.0, 80.0]]))
    assert torch.equal(tokens.mask_logits, torch.from_numpy(logits))
    assert not to_object_prompt(Prompts(mask=np.full((64, 64), -3, np.float32)), FRAME).labels.numel()


@pytest.mark.parametrize(("pipeline", "masks"), [("sam", 1), ("medsam", 1), ("ultrasam", 3)])
def test_what_each_offers_if_nothing_is_said(pipeline, masks):
    model = small_segmenter(pipeline=pipeline)
    session = model.embed(PIXELS)
    frame = model.pipeline.frame((90, 160), 256)
    prompts = [Prompts(points_xy=[(30, 40)]), Prompts(box_xyxy=(5, 6, 100, 80))]
    with torch.inference_mode():
        offered = model.pipeline.decode(model.network, session.embedding, prompts, frame)
        assert [len(choices.scores) for choices in offered] == [masks, masks]
        for several, count in ((True, 3), (False, 1)):
            offered = model.pipeline.decode(model.network, session.embedding, prompts, frame, several)
            assert [len(choices.logits) for choices in offered] == [count, count]


def test_medsam_scales_each_axis_and_interpolates_probabilities():
    pipeline = MedSamPipeline()
    frame = pipeline.frame((90, 160), 1024)
    box = to_object_prompt(Prompts(box_xyxy=(16, 9, 80, 45)), frame).points_xy
    # As MedSAM's script: box / (W, H, W, H) * 1024.
    assert torch.allclose(box, torch.tensor([[102.4, 102.4], [512.0, 512.0]]))
    logits = torch.randn(2, 256, 256, generator=torch.Generator().manual_seed(0)) * 4
    probability = F.interpolate(torch.sigmoid(logits[None]), size=(90, 160), mode="bilinear", align_corners=False)
    assert np.array_equal(pipeline.finish(logits, frame).numpy(), (probability[0].numpy() > 0.5))
    assert not torch.equal(pipeline.finish(logits, frame), SamPipeline().finish(logits, frame))
