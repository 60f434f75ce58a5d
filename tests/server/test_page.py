import asyncio

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ultrasam.server.page import Page


@pytest.fixture
def static(tmp_path):
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<title>page</title>")
    (folder / "assets" / "ort.wasm").write_bytes(b"\0asm")
    (folder / "assets" / "main.js").write_text("0")
    (folder / "assets" / "ort.mjs").write_text("0")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "assets" / "link.txt").symlink_to(tmp_path / "secret.txt")
    return folder


@pytest.fixture
def browser(static):
    application = Starlette()
    application.router.default = Page(static)
    return TestClient(application)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("/", "text/html"),
        ("/index.html", "text/html"),
        ("/assets/main.js", "text/javascript"),
        ("/assets/ort.mjs", "text/javascript"),
        ("/assets/ort.wasm", "application/wasm"),
    ],
)
def test_files_have_their_types(browser, address, kind):
    answer = browser.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(kind)


@pytest.mark.parametrize(
    "address",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/..%5c..%5csecret.txt",
        "/assets/link.txt",
        "/secret.txt",
        "//etc/passwd",
        "/assets/%00",
        "/assets",
        "/api/nothing",
        "/api",
    ],
)
def test_nothing_else_is_given(static, address):
    """Sent as it is: clients tidy addresses up."""
    sent = []

    async def ask():
        from urllib.parse import unquote

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": unquote(address), "raw_path": address.encode()}
        application = Starlette()
        application.router.default = Page(static)
        await application(scope | {"headers": [], "query_string": b"", "root_path": ""}, receive, send)

    asyncio.run(ask())
    assert sent[0]["status"] == 404
    assert b"secret" not in b"".join(message.get("body", b"") for message in sent)


def test_a_checkout_without_the_page_says_how_to_build_it(tmp_path):
    application = Starlette()
    application.router.default = Page(tmp_path / "nowhere")
    answer = TestClient(application).get("/")
    assert answer.status_code == 404
    assert "make web" in answer.text
