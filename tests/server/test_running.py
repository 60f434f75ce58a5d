import asyncio
import socket
import ssl
import subprocess
import threading
from contextlib import closing

import httpx
import pytest

from tests.references import tool
from tests.server.serving import no_decoder, workbench
from ultrasam.errors import InputError
from ultrasam.server import running
from ultrasam.server.computing import Priority
from ultrasam.server.running import check_certificate, listen
from ultrasam.server.settings import Settings


@pytest.fixture
def pair(tmp_path):
    """A certificate of its own and its key, for 127.0.0.1."""
    certificate, secret = tmp_path / "certificate.pem", tmp_path / "key.pem"
    made = [tool("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    made += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(secret), "-out", str(certificate)]
    subprocess.run(made, check=True, capture_output=True)
    return certificate, secret


@pytest.fixture
def serve(monkeypatch):
    """Serve a workbench in a thread, and end it as a signal would."""
    servers, threads = [], []
    made = running._Server

    def remembered(*arguments):
        servers.append(made(*arguments))
        return servers[-1]

    monkeypatch.setattr(running, "_Server", remembered)

    def call(bench):
        listening = listen(bench.settings)
        ready = threading.Event()
        thread = threading.Thread(target=running.serve, args=(bench, listening, ready.set), daemon=True)
        threads.append(thread)
        thread.start()
        assert ready.wait(60)
        return bench.settings.address(listening.getsockname()[1])

    call.end = lambda: [setattr(server, "should_exit", True) for server in servers]
    call.has_ended = lambda timeout: [thread.join(timeout) for thread in threads] and not threads[-1].is_alive()
    yield call
    for server, thread in zip(servers, threads, strict=True):
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive()


def test_a_taken_port_is_passed_over(tmp_path):
    settings = Settings(project=tmp_path, port=0)
    with closing(listen(settings)) as first:
        port = first.getsockname()[1]
        with closing(listen(Settings(project=tmp_path, port=port))) as second:
            assert port < second.getsockname()[1] <= port + 9


def test_ten_taken_ports_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(running, "_PORTS", 1)
    with closing(listen(Settings(project=tmp_path, port=0))) as first:
        port = first.getsockname()[1]
        with pytest.raises(InputError, match=f"free port from {port}"):
            listen(Settings(project=tmp_path, port=port))


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_a_host_that_is_not_here_is_told(tmp_path, host):
    with pytest.raises(InputError, match=host):
        listen(Settings(project=tmp_path, host=host, token="0123456789abcdef", port=0))


def test_certificates_are_checked_before_the_start(pair, tmp_path):
    certificate, key = pair
    check_certificate(certificate, key)
    with pytest.raises(InputError, match="--key as a PEM file"):
        check_certificate(certificate, tmp_path / "nowhere.pem")
    with pytest.raises(InputError, match="cannot be used"):
        check_certificate(key, certificate)


def test_it_answers_over_tls(tmp_path, monkeypatch, pair, serve):
    no_decoder(monkeypatch)
    certificate, key = pair
    with workbench(tmp_path, port=0, host="localhost", certificate=certificate, key=key) as bench:
        address = serve(bench)
        assert address.startswith("https://localhost:")
        context = ssl.create_default_context(cafile=str(certificate))
        with httpx.Client(base_url=address, verify=context) as client:
            answer = client.get("/api/status")
            assert answer.json()["folder"] == "images"
            assert "server" not in answer.headers


@pytest.mark.parametrize(
    "address",
    ["/../secret.txt", "/%2e%2e/%2e%2e/secret.txt", "/api/images/..%2f..%2fsecret.txt", "/api/../../secret.txt"],
)
def test_no_path_leads_out_over_a_bare_socket(tmp_path, monkeypatch, serve, address):
    no_decoder(monkeypatch)
    (tmp_path / "secret.txt").write_text("secret")
    with workbench(tmp_path, port=0) as bench:
        host, port = serve(bench).removeprefix("http://").strip("/").split(":")
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            request = f"GET {address} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
            connection.sendall(request.encode())
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 404")
    assert b"\r\n\r\nsecret" not in answer


def test_who_waits_for_the_model_does_not_hold_up_the_end(tmp_path, serve):
    never = threading.Event()
    with workbench(tmp_path, port=0, load=lambda: never.wait(60)) as bench:
        address = serve(bench)

        async def ask():
            async with httpx.AsyncClient(base_url=address, timeout=60) as client:
                images = (await client.get("/api/images")).json()["images"]
                body = {"objects": [{"points": [{"x": 1, "y": 1, "label": 1}]}]}
                asked = asyncio.create_task(client.post(f"/api/images/{images[0]['id']}/frames/0/segment", json=body))
                await client.get("/api/status")
                while not bench.model._room.borrowed_tokens:
                    await asyncio.sleep(0.01)
                bench.engine.close()
                return (await asked).status_code

        assert asyncio.run(ask()) == 503
    never.set()


def test_twenty_clients_get_what_one_gets_or_are_told_to_wait(tmp_path, monkeypatch, serve):
    no_decoder(monkeypatch)
    go_on = threading.Event()
    points = [(x, y) for x in range(5, 85, 20) for y in range(5, 55, 10)]

    async def ask(client, address, point):
        body = {"objects": [{"points": [{"x": point[0], "y": point[1], "label": 1}]}], "logits": True}
        for attempt in range(200):
            answer = await client.post(address, json=body)
            if answer.status_code == 200:
                return answer.json(), attempt
            told = answer.json()
            assert (answer.status_code, told["kind"]) == (503, "busy")
            assert told["position"] >= 1
            assert int(answer.headers["retry-after"]) >= 1
            go_on.set()
            await asyncio.sleep(0.01)
        raise AssertionError("never answered")

    async def ask_all(base):
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=base, timeout=60, limits=limits) as client:
            images = (await client.get("/api/images")).json()["images"]
            places = [f"/api/images/{image['id']}/frames/0/segment" for image in images]
            asked = [(places[number % 3], point) for number, point in enumerate(points)]
            alone = [(await ask(client, *one))[0] for one in asked]
            # The model is kept busy until the first is told to wait.
            bench.engine._queue.submit("keep busy", lambda: go_on.wait(60), Priority.PERSON)
            together = await asyncio.gather(*(ask(client, *one) for one in asked))
            return alone, together

    with workbench(tmp_path, port=0, max_waiting=3) as bench:
        alone, together = asyncio.run(ask_all(serve(bench)))
    assert len(points) == 20
    assert [answer for answer, _ in together] == alone
    assert sum(attempt for _, attempt in together) > 0


def test_an_export_does_not_hold_up_the_end(tmp_path, monkeypatch, serve):
    no_decoder(monkeypatch)
    has_begun, never = threading.Event(), threading.Event()

    def forever(*_, **__):
        has_begun.set()
        never.wait(60)

    monkeypatch.setattr("ultrasam.server.archives.write_archive", forever)
    with workbench(tmp_path, port=0) as bench:
        address = serve(bench)

        answers = []

        def export():
            answers.append(httpx.get(f"{address}api/export", timeout=60))

        asking = threading.Thread(target=export, daemon=True)
        asking.start()
        assert has_begun.wait(60)
        serve.end()
        assert serve.has_ended(30)
        never.set()
        asking.join(30)
    assert (answers[0].status_code, answers[0].json()["detail"]) == (503, "The workbench is being closed.")
