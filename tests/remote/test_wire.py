import json
from dataclasses import replace

import numpy as np
import pytest

from tests.inference.small_model import small_segmenter
from ultrasam.errors import InputError, PromptError
from ultrasam.imaging import Frame
from ultrasam.remote.masks_json import logits_from_json, logits_to_json, mask_from_json, mask_to_json
from ultrasam.remote.wire import MAX_OBJECTS, MAX_POINTS, Question, answers_from_json, answers_to_json
from ultrasam.types import Prompts

H, W = 47, 83
RNG = np.random.default_rng(5)
MASK = RNG.random((H, W)) > 0.6
LOGITS = (RNG.standard_normal((16, 16)) * 1e3).astype(np.float32)


def through_json(value):
    return json.loads(json.dumps(value, allow_nan=False))


def asked(*prompts, **options):
    return Question.from_json(through_json(Question(prompts, **options).to_json()), (H, W))


@pytest.mark.parametrize(
    "prompts",
    [
        pytest.param(Prompts(points_xy=RNG.uniform(0, 40, (7, 2)), labels=[1, 0, 1, 1, 0, 0, 1]), id="points"),
        pytest.param(Prompts(box_xyxy=(1 / 3, 0.1, W - 1e-9, H)), id="box"),
        pytest.param(Prompts(points_xy=[(0.1, 0.2)], box_xyxy=(2, 3, 40, 41), mask=MASK), id="all"),
        pytest.param(Prompts(mask=LOGITS), id="logits"),
        pytest.param(Prompts(mask=np.asfortranarray(LOGITS.T)), id="logits in another order"),
        pytest.param(Prompts(mask=LOGITS.astype(">f4")), id="logits of another machine"),
    ],
)
def test_prompts_come_out_as_they_went_in(prompts):
    (found,) = asked(prompts).prompts
    assert np.array_equal(found.points_xy, prompts.points_xy)
    assert found.points_xy.dtype == np.float32
    assert np.array_equal(found.labels, prompts.labels)
    assert found.box_xyxy == prompts.box_xyxy
    if prompts.mask is None:
        assert found.mask is None
    else:
        assert np.array_equal(found.mask, prompts.mask)
        assert (found.mask.dtype == bool) == (prompts.mask.dtype == bool)


@pytest.mark.parametrize("flag", [None, True, False])
def test_what_else_is_asked(flag):
    prompts = Prompts(points_xy=[(1, 2)])
    found = asked(prompts, prompts, multimask=flag, refine=flag, candidates=bool(flag), logits=not flag)
    assert len(found.prompts) == 2
    assert (found.multimask, found.refine) == (flag, flag)
    assert (found.candidates, found.logits) == (bool(flag), not flag)


def test_an_answer_comes_out_as_it_went_in():
    frame = Frame(RNG.integers(0, 256, (H, W), np.uint8))
    session = small_segmenter().embed(frame)
    prompts = [Prompts(points_xy=[(20, 30)]), Prompts(box_xyxy=(3, 4, 50, 40))]
    answers = [(best, list(three)) for best, three in session.propose_batch(prompts)]
    answers[1] = (replace(answers[1][0], score=1 / 3), None)
    found = answers_from_json(through_json(answers_to_json(answers, logits=True)), prompts, frame)
    assert found[1][1] is None
    for (best, three), (expected, expected_three) in zip(found, answers, strict=True):
        for one, other in zip((best, *(three or [])), (expected, *(expected_three or [])), strict=True):
            assert one.score == other.score
            assert np.array_equal(one.mask, other.mask)
            assert np.array_equal(one.logits, other.logits)
            assert one.logits.flags.writeable
            assert one.frame is frame
            assert one.prompts is other.prompts


def test_answers_without_logits_have_none():
    frame = Frame(np.zeros((H, W), np.uint8))
    found = small_segmenter().embed(frame).segment(points_xy=[(1, 1)])
    (result,) = answers_to_json([(found, [found])], logits=False)["results"]
    assert result["logits"] is None
    assert result["candidates"][0]["logits"] is None


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (256, 256)])
def test_logits_keep_every_bit(shape):
    bits = RNG.integers(0, 2**32, shape, np.uint32).view(np.float32)
    bits = np.where(np.isfinite(bits), bits, np.float32(-0.0))
    found = logits_from_json(through_json(logits_to_json(bits)))
    assert np.array_equal(found.view(np.uint32), bits.view(np.uint32))


NUMBERS = logits_to_json(LOGITS)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({**NUMBERS, "shape": [16, 15]}, id="another shape"),
        pytest.param({**NUMBERS, "shape": [-1, 16]}, id="negative"),
        pytest.param({**NUMBERS, "shape": [16]}, id="one axis"),
        pytest.param({**NUMBERS, "shape": [10**30, 1]}, id="huge"),
        pytest.param({**NUMBERS, "float32": NUMBERS["float32"][:-2]}, id="cut off"),
        pytest.param({**NUMBERS, "float32": "no base64!"}, id="no base64"),
        pytest.param({**NUMBERS, "float32": 3}, id="a number"),
        pytest.param({"float32": NUMBERS["float32"]}, id="no shape"),
    ],
)
def test_damaged_logits_are_refused(value):
    with pytest.raises(PromptError, match="base64"):
        Question.from_json({"objects": [{"mask": value}]}, (H, W))


RLE = mask_to_json(MASK)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param({**RLE, "size": [W, H]}, "image's size 47 x 83", id="another size"),
        pytest.param({"size": [10**6, 10**6], "counts": "`XXXXXo1"}, "image's size", id="huge"),
        pytest.param({**RLE, "size": None}, "image's size", id="no size"),
        pytest.param({**RLE, "counts": RLE["counts"][:-3]}, "run", id="cut off"),
        pytest.param({**RLE, "counts": ""}, "run-length", id="empty"),
        pytest.param({**RLE, "counts": "\x00é~"}, "run", id="other characters"),
        pytest.param({**RLE, "counts": [H * W]}, "run-length", id="not compressed"),
        pytest.param("mask", "run-length", id="text"),
        pytest.param(3, "object with points", id="a number"),
        pytest.param({}, "run-length", id="nothing"),
    ],
)
def test_damaged_masks_are_refused(value, words):
    with pytest.raises(PromptError, match=words):
        Question.from_json({"objects": [{"points": [], "mask": value}]}, (H, W))


def test_a_mask_keeps_every_pixel():
    assert np.array_equal(mask_from_json(through_json(RLE), (H, W)), MASK)


@pytest.mark.parametrize(
    ("objects", "error"),
    [
        pytest.param([{"points": [{"x": 1, "y": 2}]}], PromptError, id="no label"),
        pytest.param([{"points": [{"x": 1, "y": 2, "label": 2}]}], PromptError, id="label 2"),
        pytest.param([{"points": [{"x": "a", "y": 2, "label": 1}]}], PromptError, id="text"),
        pytest.param([{"points": [{"x": float("nan"), "y": 2, "label": 1}]}], PromptError, id="nan"),
        pytest.param([{"points": 3}], PromptError, id="points are a number"),
        pytest.param([{"points": [3]}], PromptError, id="point is a number"),
        pytest.param(
            [{"points": [{"x": 1, "y": 2, "label": 1}] * (MAX_POINTS + 1)}], PromptError, id="too many points"
        ),
        pytest.param([{"boxXyxy": [1, 2, W + 1, 9]}], PromptError, id="box outside"),
        pytest.param([{"boxXyxy": {"x": 1}}], PromptError, id="box is an object"),
        pytest.param([None], PromptError, id="null"),
        pytest.param(["x"], PromptError, id="object is text"),
        pytest.param([{"points": []}] * (MAX_OBJECTS + 1), InputError, id="too many objects"),
        pytest.param(None, InputError, id="no objects"),
    ],
)
def test_requests_that_make_no_sense_are_refused(objects, error):
    with pytest.raises(error, match="Expected"):
        Question.from_json({"objects": objects}, (H, W))
