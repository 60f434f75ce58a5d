"""The official network in its pipeline, against what the official code computed (exact outputs, same weights)."""

import importlib.util
import json

import numpy as np
import pytest
import torch

import ultrasam
from tests.references import shared
from ultrasam.inference.pipelines import OfficialUltraSamPipeline, to_object_prompt
from ultrasam.inference.pixels import resize_opencv
from ultrasam.modeling.prompts import PromptTokens
from ultrasam.types import Prompts

CASES = ["point", "box", "mixed", "box_refine", "point_refine"]


@pytest.fixture(scope="module")
def expected():
    return np.load(shared("reference/ultrasam_checkpoint/expected.npz"))


@pytest.fixture(scope="module")
def reference():
    spec = importlib.util.spec_from_file_location("fill", shared("reference/ultrasam_checkpoint/fill.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def model(reference, tmp_path_factory):
    """Loaded from a file as users do."""
    shapes = json.loads(shared("reference/ultrasam_checkpoint/keys.json").read_text())
    path = tmp_path_factory.mktemp("official") / "UltraSam.pth"
    torch.save({"meta": {}, "state_dict": reference.fill(shapes)}, path)
    return ultrasam.load(path)


@pytest.fixture(scope="module")
def session(model, reference):
    return model.embed(reference.image())


def user_prompts(case, expected):
    """The prompts in original pixels: the model's frame is 1.6 times as large, and half a pixel was added."""
    found = []
    for i, kind in enumerate(expected[f"{case}/prompt_types"]):
        if kind == 0:
            found.append(Prompts(points_xy=(expected[f"{case}/points_1024"][i] - 0.5) / 1.6))
        else:
            found.append(Prompts(box_xyxy=((expected[f"{case}/boxes_1024"][i] - 0.5) / 1.6).ravel()))
    return found


def test_resized_image_is_the_official_one(reference, expected):
    frame = OfficialUltraSamPipeline().frame((480, 640), 1024)
    assert frame.resized_hw == (768, 1024)
    assert np.array_equal(resize_opencv(reference.image(), frame.resized_hw), expected["resized_rgb_u8"])


def test_embedding(session, expected):
    ours = session.embedding[0]
    assert np.abs(ours[::8, ::3, ::3].numpy() - expected["feat_sub"][0]).max() < 1e-4
    assert ours.mean().item() == pytest.approx(float(expected["feat_mean"]), abs=1e-4)
    assert np.abs(ours.mean((1, 2)).numpy() - expected["feat_ch_mean"][0]).max() < 1e-4


@pytest.mark.parametrize("case", CASES)
def test_first_pass(model, session, expected, case):
    prompts = user_prompts(case, expected)
    frame = model.pipeline.frame((480, 640), 1024)
    tokens = PromptTokens.pad([to_object_prompt(p, frame) for p in prompts])
    with torch.inference_mode():
        prediction = model.network.decode(session.embedding, tokens)
    assert np.abs(prediction.logits[..., ::3, ::3].numpy() - expected[f"{case}/pass1/logits_sub3"]).max() < 2e-4
    assert np.abs(prediction.iou.numpy() - expected[f"{case}/pass1/iou"]).max() < 1e-4


@pytest.mark.parametrize("case", ["box_refine", "point_refine"])
def test_second_pass_from_the_official_first_one(model, session, expected, case):
    """With the official mask prompt and box, so that one pixel at the edge of the first mask decides nothing."""
    coords = torch.from_numpy(expected[f"{case}/pass2/coords"][:, :2]) - 0.5
    tokens = PromptTokens(
        coords, torch.tensor([[2, 3]]), torch.from_numpy(expected[f"{case}/pass1/mask_prompt_full"])[None]
    )
    with torch.inference_mode():
        prediction = model.network.decode(session.embedding, tokens)
    assert np.abs(prediction.logits[..., ::3, ::3].numpy() - expected[f"{case}/pass2/logits_sub3"]).max() < 2e-4
    assert np.abs(prediction.iou.numpy() - expected[f"{case}/pass2/iou"]).max() < 1e-4


@pytest.mark.parametrize("case", CASES)
def test_masks_scores_and_choice(model, session, expected, case, monkeypatch):
    """From the user's prompt to the final mask, as the API gives it."""
    monkeypatch.setattr(model.pipeline, "refines", case.endswith("refine"))
    found = session.segment_batch(user_prompts(case, expected))
    truth = np.unpackbits(expected[f"{case}/mask_bits"], axis=1).reshape(-1, 480, 640).astype(bool)
    assert len(found) == len(truth)
    for ours, mask, score in zip(found, truth, expected[f"{case}/scores"], strict=True):
        assert ours.score == pytest.approx(float(score), abs=1e-4)
        assert (ours.mask != mask).sum() <= 1000
        assert ours.area_px == pytest.approx(mask.sum(), abs=1000)


def test_the_first_pass_alone_can_be_asked_for(session, expected):
    (prompt,) = user_prompts("box", expected)
    found = session.segment_batch([prompt], refine=False)[0]
    assert found.score == pytest.approx(float(expected["box/pass1/iou"][0, 0]), abs=1e-4)


def test_prompts_that_the_official_code_has_not_are_answered_too(session):
    several = Prompts(points_xy=[(320, 240), (100, 100)], labels=[1, 0])
    both = Prompts(points_xy=[(320, 240)], box_xyxy=(200, 100, 500, 400))
    mask = np.zeros((480, 640), bool)
    mask[100:400, 200:500] = True
    for found in session.segment_batch([several, both, Prompts(mask=mask)]):
        assert found.mask.shape == (480, 640)
        assert np.isfinite(found.score)
    assert len(session.candidates(both)) == 3


def test_an_empty_first_mask_prompts_with_an_empty_box(model):
    frame = model.pipeline.frame((480, 640), 1024)
    prompt = Prompts(points_xy=[(320, 240)])
    refined = model.pipeline._refined(prompt, to_object_prompt(prompt, frame), torch.full((256, 256), -1.0), frame)
    assert torch.equal(refined.points_xy, torch.full((2, 2), -0.5)), "0, 0, 0, 0 before the half pixel"
