import threading

import numpy as np
import pytest

from tests.inference.small_model import small_segmenter
from ultrasam.errors import ImageError, InputError, PromptError
from ultrasam.imaging import Frame, mask_to_rle, rle_to_mask
from ultrasam.remote.masks_json import logits_from_json
from ultrasam.remote.wire import MAX_OBJECTS, Question
from ultrasam.server.computing import Answering, Embeddings, ModelQueue
from ultrasam.server.computing.answering import embedding_bytes
from ultrasam.server.refusals import Gone
from ultrasam.types import Prompts

H, W = 60, 90
FRAME = Frame(np.random.default_rng(2).integers(0, 256, (H, W), dtype=np.uint8))
OTHER = Frame(np.random.default_rng(3).integers(0, 256, (W, H, 3), dtype=np.uint8))
LONG_S = 60
POINT = {"objects": [{"points": [{"x": 30.5, "y": 20, "label": 1}], "boxXyxy": None, "mask": None}]}


class Counting:
    """Reads a frame, and counts how often."""

    def __init__(self, frame=FRAME):
        self.frame, self.count = frame, 0

    def __call__(self):
        self.count += 1
        return self.frame


@pytest.fixture(scope="module")
def model():
    return small_segmenter()


@pytest.fixture
def queue():
    queue = ModelQueue()
    yield queue
    queue.close()


@pytest.fixture
def answering(model, queue):
    return Answering(model, queue, Embeddings())


def test_a_frame_is_encoded_once(answering, model):
    frame = Counting()
    session = answering.embedding("a", frame).wait(LONG_S)
    again = answering.embedding("a", frame, ahead=True)
    assert again.is_done
    assert again.wait(0) is session
    assert frame.count == 1
    numbers, shape = embedding_bytes(session)
    expected = model.embed(FRAME).embedding.numpy()
    assert shape == expected.shape
    assert np.array_equal(np.frombuffer(numbers, "<f4").reshape(shape), expected)


def test_many_who_ask_at_once_share_the_work(answering):
    frame = Counting()
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(answering.embedding("a", frame).wait(LONG_S))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG_S)
    assert frame.count == 1
    assert len(found) == 8
    assert all(session is found[0] for session in found)


def test_a_frame_that_cannot_be_read_is_tried_again_the_next_time(answering):
    def damaged():
        raise ImageError("Expected a whole image.")

    with pytest.raises(ImageError, match="whole image"):
        answering.embedding("a", damaged).wait(LONG_S)
    with pytest.raises(ImageError, match="whole image"):
        answering.segment("a", damaged, POINT)
    assert answering.segment("a", Counting(), POINT)["results"]


def test_an_answer_is_what_the_session_says(answering, model):
    frame = Counting()
    (result,) = answering.segment("a", frame, POINT)["results"]
    expected = model.embed(FRAME).segment(points_xy=[(30.5, 20)])
    assert result["score"] == expected.score
    assert result["mask"] == mask_to_rle(expected.mask)
    assert result["logits"] is None
    assert result["candidates"] is None
    answering.segment("a", frame, POINT)
    assert frame.count == 1


def test_candidates_come_in_the_networks_order(answering, model):
    request = {**POINT, "candidates": True, "logits": True}
    (result,) = answering.segment("a", Counting(), request)["results"]
    session = model.embed(FRAME)
    prompts = Prompts(points_xy=[(30.5, 20)])
    ((best, three),) = session.propose_batch([prompts], by_score=False)
    found = [(one["score"], rle_to_mask(one["mask"]), logits_from_json(one["logits"])) for one in result["candidates"]]
    for (score, mask, logits), expected in zip(found, three, strict=True):
        assert score == expected.score
        assert np.array_equal(mask, expected.mask)
        assert np.array_equal(logits, expected.logits)
    assert sorted((score for score, *_ in found), reverse=True) == [c.score for c in session.candidates(prompts)]
    assert np.array_equal(logits_from_json(result["logits"]), best.logits)


@pytest.mark.parametrize("count", [1, 15, 17, MAX_OBJECTS])
def test_many_objects_are_decoded_as_in_one_call(answering, model, count):
    rng = np.random.default_rng(count)
    prompts = tuple(Prompts(points_xy=rng.uniform(0, 60, (1 + i % 3, 2))) for i in range(count))
    request = Question(prompts, logits=True).to_json()
    results = answering.segment("a", Counting(), request)["results"]
    for result, expected in zip(results, model.embed(FRAME).segment_batch(prompts), strict=True):
        assert result["score"] == expected.score
        assert np.array_equal(logits_from_json(result["logits"]), expected.logits)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        pytest.param({"objects": POINT["objects"] * (MAX_OBJECTS + 1)}, InputError, "at most 64 objects", id="objects"),
        pytest.param(
            {"objects": [{"points": [{"x": W, "y": 0, "label": 1}]}]}, PromptError, "every point", id="outside"
        ),
        pytest.param({"objects": [{"boxXyxy": [5, 5, 5, 9]}]}, PromptError, "x0 < x1", id="box"),
        pytest.param({"objects": [{}]}, PromptError, "at least one point", id="nothing"),
        pytest.param(
            {"objects": [{"mask": {"shape": [2, 2], "float32": "AAAAAAAAAAAAAAAAAAAAAA=="}}]},
            PromptError,
            "low-resolution logits of",
            id="logits of another size",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(answering, change, error, words):
    with pytest.raises(error, match=words):
        answering.segment("a", Counting(), {**POINT, **change})


def test_no_objects_are_no_results(answering):
    assert answering.segment("a", Counting(), {"objects": []}) == {"results": []}


def test_sessions_of_clients(answering, model):
    (one, size_hw), (other, _) = answering.new_session(lambda: FRAME), answering.new_session(lambda: OTHER)
    assert size_hw == FRAME.size_hw
    assert one != other
    for name, frame in ((one, FRAME), (other, OTHER)):
        (result,) = answering.segment_session(name, POINT)["results"]
        expected = model.embed(frame).segment(points_xy=[(30.5, 20)])
        assert result["mask"] == mask_to_rle(expected.mask)
    answering.end_session(one)
    for ask in (lambda: answering.segment_session(one, POINT), lambda: answering.end_session(one)):
        with pytest.raises(Gone):
            ask()
    assert answering.segment_session(other, POINT)["results"]


def test_a_session_that_made_room_is_gone(model, queue):
    answering = Answering(model, queue, Embeddings(max_bytes=1))
    one, _ = answering.new_session(lambda: FRAME)
    assert answering.segment_session(one, POINT)["results"]
    answering.new_session(lambda: OTHER)
    with pytest.raises(Gone, match="send the image again"):
        answering.segment_session(one, POINT)


def test_files_and_sessions_never_share_a_name(answering):
    name, _ = answering.new_session(lambda: FRAME)
    frame = Counting(OTHER)
    assert answering.embedding(name, frame).wait(LONG_S).frame.size_hw == OTHER.size_hw
