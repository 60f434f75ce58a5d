import threading

import numpy as np
import pytest

from tests.inference.small_model import small_segmenter
from tests.remote.small_server import served
from ultrasam.errors import ImageError, PromptError
from ultrasam.imaging import Frame, Region
from ultrasam.imaging.image import ArrayFrames, Source, UltrasoundImage
from ultrasam.inference.promptable import Promptable
from ultrasam.remote.refusal import Refused
from ultrasam.remote.session import _at_once
from ultrasam.types import Prompts

H, W = 60, 90
RNG = np.random.default_rng(2)
PIXELS = RNG.integers(0, 256, (H, W), dtype=np.uint8)
COLOUR = RNG.integers(0, 256, (W, H, 3), dtype=np.uint8)
MASK = np.zeros((H, W), bool)
MASK[10:40, 20:70] = True
PROMPTS = [
    Prompts(points_xy=[(30.25, 40)], name="one"),
    Prompts(points_xy=[(30, 40), (80, 20)], labels=[1, 0]),
    Prompts(box_xyxy=(20, 10, 80, 55)),
    Prompts(mask=MASK),
    Prompts(points_xy=[(50, 30)], box_xyxy=(20, 10, 80, 55), mask=MASK),
]


@pytest.fixture(scope="module")
def local():
    return small_segmenter()


@pytest.fixture(scope="module")
def remote(local):
    with served(local) as (model, _):
        yield model


@pytest.fixture(scope="module", params=["sam", "medsam", "ultrasam"])
def pair(request):
    """An image here and on a server, for each way from prompts to masks."""
    model = small_segmenter(pipeline=request.param)
    with served(model) as (remote, _):
        yield model.embed(PIXELS), remote.embed(PIXELS)


def same(found, expected):
    assert found.score == expected.score
    assert np.array_equal(found.mask, expected.mask)
    assert np.array_equal(found.logits, expected.logits)
    assert found.logits.dtype == expected.logits.dtype
    assert found.prompts is expected.prompts
    assert found.name == expected.name


@pytest.mark.parametrize(
    ("multimask", "refine"),
    [(None, None), (True, None), (False, False), (None, True)],
    ids=["", "three", "one", "twice"],
)
def test_answers_are_those_of_a_local_session(pair, multimask, refine):
    here, there = pair
    passes = {"multimask": multimask, "refine": refine}
    for found, expected in zip(
        there.segment_batch(PROMPTS, **passes), here.segment_batch(PROMPTS, **passes), strict=True
    ):
        same(found, expected)
    for by_score in (True, False):
        pairs = zip(
            there.propose_batch(PROMPTS, **passes, by_score=by_score),
            here.propose_batch(PROMPTS, **passes, by_score=by_score),
            strict=True,
        )
        for (best, three), (expected, expected_three) in pairs:
            same(best, expected)
            for one, other in zip(three, expected_three, strict=True):
                same(one, other)


def test_one_object_at_a_time(local, remote):
    here, there = local.embed(COLOUR), remote.embed(COLOUR)
    assert isinstance(there, Promptable)
    first, expected = there.segment(box_xyxy=(5, 5, 50, 60)), here.segment(box_xyxy=(5, 5, 50, 60))
    assert np.array_equal(first.mask, expected.mask)
    again = there.segment(points_xy=[(20, 30)], labels=[0], mask=first, name="again")
    expected = here.segment(points_xy=[(20, 30)], labels=[0], mask=expected, name="again")
    assert (again.score, again.name) == (expected.score, "again")
    assert np.array_equal(again.logits, expected.logits)
    three = there.candidates(PROMPTS[0])
    for found, wanted in zip(three, here.candidates(PROMPTS[0]), strict=True):
        same(found, wanted)


def test_more_objects_than_one_request_has(local, remote):
    prompts = [Prompts(points_xy=RNG.uniform(0, 60, (1 + i % 2, 2))) for i in range(35)]
    found = remote.embed(PIXELS).segment_batch(prompts)
    for one, other in zip(found, local.embed(PIXELS).segment_batch(prompts), strict=True):
        same(one, other)


@pytest.mark.parametrize(("side", "expected"), [(256, 16), (1024, 2), (512, 8), (4096, 2)])
def test_large_logits_go_in_several_requests(side, expected):
    prompts = [Prompts(points_xy=[(1, 1)]), Prompts(mask=np.ones((side, side), np.float32))]
    assert _at_once(prompts) == expected


def test_no_prompts_are_no_answers(remote):
    session = remote.embed(PIXELS)
    assert session.segment_batch([]) == []
    assert list(session.propose_batch([])) == []


def test_what_is_wrong_with_a_prompt_is_said_as_a_local_session_says_it(local, remote):
    here, there = local.embed(PIXELS), remote.embed(PIXELS)
    for wrong in (
        Prompts(points_xy=[(W, 3)]),
        Prompts(mask=np.ones((H, W + 1), bool)),
        Prompts(mask=np.zeros((7, 7), np.float32)),
    ):
        with pytest.raises(PromptError) as expected:
            here.segment_batch([wrong])
        with pytest.raises(PromptError) as found:
            there.segment_batch([wrong])
        assert str(found.value) == str(expected.value)


def test_calibration_stays_with_the_client(remote):
    frame = Frame(PIXELS, (Region((0, 0, W, H), (0.2, 0.3)),), index=4, time_s=1.5)
    found = remote.embed(frame).segment(box_xyxy=(20, 10, 80, 55))
    assert found.frame is frame
    assert found.area_mm2 == pytest.approx(found.area_px * 0.06)


def test_images_of_every_kind_and_those_that_are_none(remote):
    image = UltrasoundImage(ArrayFrames(PIXELS[None]), Source("a.png", "PNG", {}))
    assert remote.embed(image).frame.size_hw == (H, W)
    assert [one.frame.size_hw for one in remote.embed_batch([PIXELS, COLOUR])] == [(H, W), (W, H)]
    cine = UltrasoundImage(ArrayFrames(np.stack([PIXELS] * 2)), Source("a.avi", "AVI", {}))
    for wrong in (cine, PIXELS.astype(np.uint16)):
        with pytest.raises(ImageError):
            remote.embed(wrong)


def test_a_session_that_made_room_is_made_again(local):
    expected = local.embed(PIXELS).segment_batch(PROMPTS)
    with served(local, embeddings_bytes=1) as (remote, server):
        one = remote.embed(PIXELS)
        remote.embed(COLOUR)
        server.log.clear()
        for found, wanted in zip(one.segment_batch(PROMPTS), expected, strict=True):
            same(found, wanted)
        assert [path.split("/")[-1] for _, path in server.log] == ["segment", "sessions", "segment"]


def test_a_server_that_forgets_at_once_is_not_asked_for_ever(local):
    with served(local) as (remote, server):
        session = remote.embed(PIXELS)
        server.answering._embeddings.get = lambda key: None
        with pytest.raises(Refused) as raised:
            session.segment_batch(PROMPTS)
        assert raised.value.kind == "gone"
        assert [method for method, _ in server.log].count("POST") == 1 + 3 + 2


def test_a_closed_session_frees_its_room_and_answers_all_the_same(local):
    with served(local) as (remote, server):
        session = remote.embed(PIXELS)
        session.close()
        assert len(server.answering._embeddings) == 0
        session.close()
        assert session.segment_batch(PROMPTS[:1])[0].mask.shape == (H, W)


def together(ask):
    """Eight threads at once; what any of them raises."""
    failures = []

    def guarded(thread):
        try:
            ask(thread)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def test_eight_threads_get_what_one_gets(local, remote):
    images = [PIXELS, COLOUR, np.flipud(PIXELS)]
    prompts = [*PROMPTS[:1], Prompts(points_xy=[(30, 20), (50, 30)], labels=[1, 0]), Prompts(box_xyxy=(5, 5, 50, 40))]
    expected = [local.embed(image).segment_batch(prompts) for image in images]
    sessions = [remote.embed(image) for image in images]

    def ask(thread):
        for turn in range(3):
            which = (thread + turn) % 3
            for found, wanted in zip(sessions[which].segment_batch(prompts), expected[which], strict=True):
                same(found, wanted)

    assert together(ask) == []


def test_eight_threads_that_find_a_session_gone_send_the_image_once(local):
    expected = local.embed(PIXELS).segment_batch(PROMPTS[:1])
    with served(local) as (remote, server):
        session = remote.embed(PIXELS)
        server.answering.end_session(session._name)
        server.log.clear()
        assert together(lambda _: same(session.segment_batch(PROMPTS[:1])[0], expected[0])) == []
        assert server.log.count(("POST", "/api/sessions")) == 1


def test_the_model_says_what_it_is(remote):
    assert (remote.title, remote.licence, remote.pipeline) == ("Small", "none", "sam")
    assert repr(remote) == "RemoteModel(http://workbench.test, Small, input 64)"
