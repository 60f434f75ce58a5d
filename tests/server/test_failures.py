import asyncio
import errno
import sqlite3

import pytest

from ultrasam.errors import ImageError, InputError, MissingExtraError, PromptError, TrainingError, WeightsError
from ultrasam.server import create_app
from ultrasam.server.failures import answer_to
from ultrasam.server.refusals import Busy, Conflict, Gone, Missing

WORDS = "Expected one thing, but got another."


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (PromptError, 422, "prompt"),
        (ImageError, 422, "image"),
        (InputError, 422, "input"),
        (MissingExtraError, 422, "image"),
        (WeightsError, 500, "weights"),
        (TrainingError, 500, "internal"),
        (Missing, 404, "missing"),
        (Gone, 410, "gone"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_foreseen_error_keeps_its_words(browser, bench, monkeypatch, error, status, kind):
    def fail():
        raise error(WORDS)

    monkeypatch.setattr(bench.annotations, "labels", fail)
    answer = browser.get("/api/labels")
    assert answer.status_code == status
    assert answer.json() == {"detail": WORDS, "kind": kind}


def test_a_refusal_says_more():
    answer = answer_to(Busy("Busy.", 3, 2.2))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
    assert b'"position":3,"seconds":2.2' in answer.body
    assert b'"revision":7' in answer_to(Conflict("Old.", 7)).body


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told(number):
    answer = answer_to(OSError(number, "/secret/place"))
    assert answer.status_code == 507
    assert b"secret" not in answer.body


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("secret"), OSError(5, "secret"), sqlite3.Error("secret")], ids=repr
)
def test_a_mistake_tells_nothing_and_is_logged(browser, bench, monkeypatch, caplog, error):
    def fail():
        raise error

    monkeypatch.setattr(bench.annotations, "labels", fail)
    answer = browser.get("/api/labels")
    assert (answer.status_code, answer.json()["kind"]) == (500, "internal")
    assert "secret" not in answer.text
    assert "secret" in caplog.text


@pytest.mark.parametrize(
    ("request_of", "status", "kind", "said"),
    [
        (("GET", "/api/images?limit=x"), 422, "input", "limit"),
        (("GET", "/api/images?state=old"), 422, "input", "'new', 'in work' or 'done'"),
        (("PATCH", "/api/images"), 405, "input", "does not take"),
        (("GET", "/api/nothing"), 404, "missing", "nothing at this address"),
        (("PUT", "/api/labels"), 422, "input", "required"),
    ],
    ids=["number", "word", "method", "address", "body"],
)
def test_a_request_that_is_wrong_is_told_in_a_sentence(browser, request_of, status, kind, said):
    answer = browser.request(*request_of)
    assert answer.status_code == status
    assert answer.json()["kind"] == kind
    assert said in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff\xfe", b"[" * 100_000, b'{"baseRevision": 1e999, "labels": []}'],
    ids=["cut off", "no text", "deep", "huge"],
)
def test_a_body_that_is_no_json_is_refused(browser, body):
    answer = browser.put("/api/labels", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.json()["kind"] == "input"


def test_a_sentence_names_no_validators(browser, image_id):
    asked = {"objects": [{"mask": {"size": [2, 2], "counts": "1"}}]}
    detail = browser.post(f"/api/images/{image_id}/frames/0/segment", json=asked).json()["detail"]
    assert detail.startswith("objects.0.mask: Expected runs that fill 2 x 2 pixels")


def test_a_client_that_goes_away_is_no_failure(bench, caplog):
    taken = iter([{"type": "http.request", "body": b"\x89PNG", "more_body": True}, {"type": "http.disconnect"}])
    sent = []

    async def receive():
        return next(taken)

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/api/images", "query_string": b"name=a.png"}
    scope |= {"headers": [(b"host", b"localhost")], "root_path": "", "http_version": "1.1", "scheme": "http"}
    asyncio.run(create_app(bench)(scope, receive, send))
    assert sent == []
    assert caplog.text == ""
    assert list((bench.settings.project / "uploads").iterdir()) == []
