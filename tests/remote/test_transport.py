import builtins
import logging

import httpx
import pytest

from tests.remote.small_server import URL, transport_to
from ultrasam.errors import ImageError, InputError, MissingExtraError, PromptError, UltraSamError, WeightsError
from ultrasam.remote import connect
from ultrasam.remote.model import RemoteModel
from ultrasam.remote.refusal import Refused
from ultrasam.remote.transport import Transport


class Scripted:
    """A server that gives one answer after the other, the last one again and again."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []

    def __call__(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Time:
    """A clock that goes on while one pauses."""

    def __init__(self):
        self.now, self.pauses = 0.0, []

    def pause(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds

    def clock(self):
        return self.now


def refusal(status, kind, **more):
    return httpx.Response(status, json={"detail": "What the server says.", "kind": kind, **more})


@pytest.mark.parametrize(
    ("kind", "status", "error"),
    [
        ("prompt", 422, PromptError),
        ("image", 422, ImageError),
        ("input", 422, InputError),
        ("weights", 500, WeightsError),
        ("gone", 410, Refused),
        ("missing", 404, Refused),
        ("internal", 500, Refused),
        ("large", 413, Refused),
        ("forbidden", 403, Refused),
    ],
)
def test_refusals_are_this_packages_errors_in_the_servers_words(kind, status, error):
    transport = transport_to(Scripted(refusal(status, kind)))
    with pytest.raises(error) as raised:
        transport.json("GET", "/api/status")
    assert type(raised.value) is error
    assert str(raised.value) == "What the server says."
    assert getattr(raised.value, "kind", kind) == kind


def test_a_wrong_token_is_said_so():
    with pytest.raises(UltraSamError, match=r"without its token.* token="):
        transport_to(Scripted(refusal(401, "unauthorised"))).json("GET", "/api/status")


def test_the_token_is_sent_with_every_request_and_never_in_the_address():
    server = Scripted(httpx.Response(200, json={}))
    transport = transport_to(server, token="0123456789abcdef")
    transport.json("GET", "/api/status")
    transport.json("POST", "/api/sessions", content=b"png", headers={"Content-Type": "image/png"})
    assert [one.headers["Authorization"] for one in server.requests] == ["Bearer 0123456789abcdef"] * 2
    assert all(one.url.query == b"" for one in server.requests)
    assert server.requests[1].headers["Content-Type"] == "image/png"


def test_a_busy_server_is_waited_for_as_it_says(caplog):
    caplog.set_level(logging.INFO, "ultrasam")
    time = Time()
    server = Scripted(
        refusal(503, "busy", position=3, seconds=2.5),
        refusal(503, "busy", position=1, seconds=0),
        refusal(503, "busy", position=90, seconds=4000),
        httpx.Response(200, json={"a": 1}),
    )
    transport = transport_to(server, pause=time.pause, clock=time.clock)
    assert transport.json("GET", "/api/status") == {"a": 1}
    assert time.pauses == [2.5, 0.1, 10.0]
    assert "position 3 in its queue, about 2 seconds" in caplog.text


def test_waiting_has_an_end():
    time = Time()
    server = Scripted(refusal(503, "busy", position=3, seconds=4))
    transport = transport_to(server, pause=time.pause, clock=time.clock, timeout=9)
    with pytest.raises(Refused, match="was busy for 9 seconds") as raised:
        transport.json("GET", "/api/status")
    assert raised.value.kind == "busy"
    assert time.pauses == [4, 4, 1]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        pytest.param(httpx.ConnectError("[Errno 111] Connection refused"), "is  ultrasam serve  running", id="refused"),
        pytest.param(httpx.ConnectError("Name or service not known"), "cannot be reached", id="no such name"),
        pytest.param(
            httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate"),
            r"not trusted .* certificate=",
            id="certificate",
        ),
        pytest.param(httpx.ConnectError("[SSL: WRONG_VERSION_NUMBER]"), "does not speak TLS", id="plain"),
        pytest.param(httpx.ReadTimeout("timed out"), "did not answer within 300 seconds", id="slow"),
        pytest.param(httpx.ReadError("reset by peer"), "broke the connection", id="broken"),
    ],
)
def test_what_goes_wrong_on_the_way_is_one_sentence(error, words):
    with pytest.raises(UltraSamError, match=words) as raised:
        transport_to(Scripted(error)).json("GET", "/api/status")
    assert URL in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_connection_that_was_closed_meanwhile_is_opened_again_once():
    broken = httpx.RemoteProtocolError("Server disconnected without sending a response.")
    server = Scripted(broken, httpx.Response(200, json={"a": 1}))
    assert transport_to(server).json("GET", "/api/status") == {"a": 1}
    server = Scripted(broken)
    with pytest.raises(UltraSamError, match="broke the connection"):
        transport_to(server).json("GET", "/api/status")
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(httpx.Response(200, text="<html>Another program</html>"), id="a page"),
        pytest.param(httpx.Response(200, json={"status": "ok"}), id="other JSON"),
        pytest.param(httpx.Response(200, json=[1]), id="a list"),
        pytest.param(httpx.Response(200, json={"model": {"title": "x"}}), id="too little"),
        pytest.param(httpx.Response(200, json={"model": "x"}), id="another model"),
        pytest.param(httpx.Response(204), id="nothing"),
        pytest.param(httpx.Response(404, text="Not Found"), id="not found"),
        pytest.param(httpx.Response(404, json={"detail": "Not Found"}), id="another application"),
        pytest.param(httpx.Response(422, json={"detail": ["x"], "kind": "input"}), id="reasons of another form"),
        pytest.param(httpx.Response(302, headers={"Location": "http://elsewhere/"}), id="elsewhere"),
    ],
)
def test_another_program_is_not_taken_for_a_workbench(answer):
    with pytest.raises(UltraSamError, match=f"Expected an UltraSam workbench at {URL}"):
        RemoteModel(transport_to(Scripted(answer)))


def test_a_model_that_is_being_loaded_is_waited_for_and_one_that_failed_is_not():
    model = {"title": "Small", "licence": "none", "sha256": "ab", "inputSize": 64, "pipeline": "sam"}
    loading = httpx.Response(200, json={"model": None, "loading": {"state": "loading", "reason": None}})
    ready = httpx.Response(200, json={"model": model, "version": "9"})
    time = Time()
    found = RemoteModel(transport_to(Scripted(loading, loading, ready), pause=time.pause))
    assert (found.title, found.input_size, found.sha256, found.server_version) == ("Small", 64, "ab", "9")
    assert len(time.pauses) == 2
    failed = httpx.Response(200, json={"model": None, "loading": {"state": "failed", "reason": "No such weights."}})
    with pytest.raises(UltraSamError, match="No such weights"):
        RemoteModel(transport_to(Scripted(failed), pause=time.pause))
    with pytest.raises(UltraSamError, match="not loaded its model yet"):
        RemoteModel(transport_to(Scripted(loading), pause=time.pause, timeout=1))


def test_a_port_at_which_nobody_listens():
    with pytest.raises(UltraSamError, match=r"http://127.0.0.1:9 cannot be reached"):
        connect("http://127.0.0.1:9", timeout=5)


def test_proxies_of_the_environment_are_not_used(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    transport = Transport("http://192.0.2.1")
    assert transport._http._mounts == {}
    transport.close()


def test_without_httpx_the_extra_is_named(monkeypatch):
    real = builtins.__import__

    def missing(name, *args, **options):
        if name == "httpx":
            raise ImportError(name)
        return real(name, *args, **options)

    monkeypatch.setattr("importlib.import_module", lambda name: missing(name))
    with pytest.raises(MissingExtraError, match=r"ultrasam\[serve\]"):
        connect("http://127.0.0.1:8765")
