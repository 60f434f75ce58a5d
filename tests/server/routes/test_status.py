from types import SimpleNamespace

import pytest

import ultrasam


@pytest.fixture
def with_decoder(bench):
    bench.engine.answering(60)
    bench.engine.decoder = SimpleNamespace(
        state="ready", reason=None, content=b"graph", sha256="ab" * 32, close=lambda: None
    )
    return bench


def test_how_the_server_is(browser, bench):
    bench.engine.answering(60)
    status = browser.get("/api/status").json()
    assert (status["version"], status["folder"]) == (ultrasam.__version__, "images")
    assert status["model"] == {
        "title": "made for tests",
        "licence": "none",
        "sha256": "0" * 64,
        "inputSize": bench.engine.model().input_size,
        "pipeline": "sam",
    }
    assert status["queue"] == {"waiting": 0, "seconds": 0.0}
    assert status["decoder"] == {"state": "unavailable", "reason": "not in this test"}
    assert str(bench.settings.folder.parent) not in str(status)


def test_the_decoder_is_sent_once(browser, with_decoder):
    first = browser.get("/api/decoder.onnx")
    assert (first.content, first.headers["content-type"]) == (b"graph", "application/octet-stream")
    assert first.headers["cache-control"] == "private, no-cache"
    again = browser.get("/api/decoder.onnx", headers={"If-None-Match": f'W/{first.headers["etag"]}, "other"'})
    assert (again.status_code, again.content) == (304, b"")
    assert browser.get("/api/status").json()["decoder"] == {"state": "ready", "reason": None}


def test_a_decoder_that_is_not_there_is_missing_and_says_why(browser, bench):
    bench.engine.answering(60)
    answer = browser.get("/api/decoder.onnx")
    assert (answer.status_code, answer.json()["kind"]) == (404, "missing")
    assert "not in this test" in answer.json()["detail"]
