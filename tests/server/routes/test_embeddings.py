import threading

import numpy as np
import pytest

from tests.server import serving
from tests.server.serving import client_of, no_decoder, picture, workbench
from ultrasam.errors import WeightsError
from ultrasam.imaging import Frame, rle_to_mask
from ultrasam.remote.pixels_png import pixels_from_png
from ultrasam.types import Prompts

POINT = {"points": [{"x": 30.5, "y": 20, "label": 1}], "boxXyxy": None, "mask": None}


@pytest.fixture(scope="module")
def model():
    return serving.model()


@pytest.fixture
def pixels():
    return pixels_from_png(picture(2))


def test_an_embedding_is_the_models(browser, image_id, model, pixels):
    answer = browser.get(f"/api/images/{image_id}/frames/0/embedding", params={"wait": 30_000})
    shape = tuple(int(side) for side in answer.headers["x-shape"].split(","))
    expected = model.embed(Frame(pixels)).embedding.numpy()
    assert shape == expected.shape
    np.testing.assert_array_equal(np.frombuffer(answer.content, "<f4").reshape(shape), expected)


def test_masks_are_the_models(browser, image_id, model, pixels):
    body = {"objects": [POINT], "candidates": True, "logits": True}
    (result,) = browser.post(f"/api/images/{image_id}/frames/0/segment", json=body).json()["results"]
    expected = model.embed(Frame(pixels)).segment_batch([Prompts(points_xy=[(30.5, 20)])])[0]
    np.testing.assert_array_equal(rle_to_mask(result["mask"]), expected.mask)
    assert result["score"] == expected.score
    assert len(result["candidates"]) == 3
    assert result["logits"]["shape"] == list(expected.logits.shape)


@pytest.mark.parametrize(
    ("objects", "kind"),
    [
        ([{**POINT, "points": [{"x": 90, "y": 1, "label": 1}]}], "prompt"),
        ([{**POINT, "points": []}], "prompt"),
        ([], "input"),
        ([{**POINT, "points": [{"x": "a", "y": 1, "label": 1}]}], "input"),
    ],
    ids=["outside", "nothing", "none", "text"],
)
def test_what_makes_no_sense_is_refused(browser, image_id, objects, kind):
    answer = browser.post(f"/api/images/{image_id}/frames/0/segment", json={"objects": objects})
    assert (answer.status_code, answer.json()["kind"]) == (422, kind)


def test_who_asks_before_the_model_is_there_is_told_to_wait(tmp_path, monkeypatch):
    no_decoder(monkeypatch)
    go_on = threading.Event()

    def load():
        go_on.wait(60)
        return serving.model()

    with workbench(tmp_path, load=load) as bench:
        browser = client_of(bench)
        place = f"/api/images/{browser.get('/api/images').json()['images'][0]['id']}/frames/0"
        status = browser.get("/api/status").json()
        assert (status["model"], status["loading"]) == (None, {"state": "loading", "reason": None})
        assert status["decoder"] == {"state": "making", "reason": None}
        waiting = browser.get(f"{place}/embedding", params={"wait": 0})
        assert (waiting.status_code, waiting.json()["position"]) == (202, 1)
        go_on.set()
        assert browser.get(f"{place}/embedding", params={"wait": 30_000}).status_code == 200
        status = browser.get("/api/status").json()
        assert (status["model"]["inputSize"], status["loading"]["state"]) == (bench.engine.model().input_size, "ready")


def test_a_model_that_cannot_be_loaded_is_told(tmp_path, caplog):
    def load():
        raise WeightsError("Expected weights, but got none.")

    with workbench(tmp_path, load=load) as bench:
        browser = client_of(bench)
        place = f"/api/images/{browser.get('/api/images').json()['images'][0]['id']}/frames/0"
        answer = browser.get(f"{place}/embedding")
        assert answer.status_code == 500
        assert answer.json() == {
            "detail": "The model could not be loaded: Expected weights, but got none.",
            "kind": "internal",
        }
        assert browser.get("/api/status").json()["loading"]["state"] == "failed"


def test_closing_frees_who_waits(tmp_path):
    never = threading.Event()
    with workbench(tmp_path, load=lambda: never.wait(60)) as bench:
        browser = client_of(bench)
        own = browser.get("/api/images").json()["images"][0]["id"]
        answers = []
        asking = threading.Thread(
            target=lambda: answers.append(
                browser.post(f"/api/images/{own}/frames/0/segment", json={"objects": [POINT]})
            )
        )
        asking.start()
        bench.engine.close()
        asking.join(30)
        never.set()
    assert (answers[0].status_code, answers[0].json()["kind"]) == (503, "busy")
    assert int(answers[0].headers["retry-after"]) >= 1


def test_a_session_of_a_client_is_answered_and_forgotten(browser, model, pixels):
    answer = browser.post("/api/sessions", content=picture(2))
    assert answer.status_code == 201
    session = answer.json()
    assert session["sizeHw"] == [60, 90]
    place = f"/api/sessions/{session['id']}"
    (result,) = browser.post(f"{place}/segment", json={"objects": [POINT]}).json()["results"]
    expected = model.embed(Frame(pixels)).segment_batch([Prompts(points_xy=[(30.5, 20)])])[0]
    np.testing.assert_array_equal(rle_to_mask(result["mask"]), expected.mask)
    assert browser.delete(place).status_code == 204
    gone = browser.post(f"{place}/segment", json={"objects": [POINT]})
    assert (gone.status_code, gone.json()["kind"]) == (410, "gone")
    assert browser.delete(place).status_code == 204


def test_a_session_of_no_picture_is_refused(browser):
    answer = browser.post("/api/sessions", content=b"no picture")
    assert (answer.status_code, answer.json()["kind"]) == (422, "image")
