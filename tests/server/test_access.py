import pytest

from tests.server.serving import client_of, no_decoder, workbench
from ultrasam.server import access

TOKEN = "correct-horse-battery"
AWAY = "http://box.example:8765"


@pytest.fixture
def waits(monkeypatch):
    """Addresses whose failed tries had to wait."""
    slowed = []

    async def failed(self, address):
        slowed.append(address)

    monkeypatch.setattr(access.Tries, "failed", failed)
    return slowed


@pytest.fixture
def guarded(tmp_path, monkeypatch, waits):
    no_decoder(monkeypatch)
    with workbench(tmp_path, host="0.0.0.0", token=TOKEN) as bench:
        yield bench


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "LOCALHOST", "[::1]:8765"])
def test_this_machine_is_let_in(browser, host):
    assert browser.get("/api/status", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "192.168.1.5", "[", ""]
)
@pytest.mark.parametrize("address", ["/", "/api/status"])
def test_a_name_that_leads_here_is_refused(browser, host, address):
    answer = browser.get(address, headers={"Host": host})
    assert (answer.status_code, answer.json()["kind"]) == (403, "forbidden")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "http://localhost:8765"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=["other", "other port", "other name", "null", "broken", "cross-site", "same-site"],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_site_is_refused(browser, headers, method):
    answer = getattr(browser, method)("/api/images", headers=headers)
    assert (answer.status_code, answer.json()["kind"]) == (403, "forbidden")


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://127.0.0.1:8765", "Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}],
    ids=["own page", "typed"],
)
def test_the_own_page_is_let_in(browser, headers):
    assert browser.get("/api/status", headers=headers).status_code == 200


def test_a_port_that_goes_without_saying_is_the_same_origin(browser):
    headers = {"Host": "localhost", "Origin": "http://localhost:80"}
    assert browser.get("/api/status", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("headers", "tries"),
    [
        ({}, 0),
        ({"Authorization": "Bearer"}, 0),
        ({"Authorization": "Bearer wrong"}, 1),
        ({"Authorization": f"Basic {TOKEN}"}, 1),
        ({"Authorization": f"Bearer {TOKEN}x"}, 1),
        ({"Authorization": "Bearer correct-horse-battér"}, 1),
    ],
    ids=["none", "empty", "wrong", "basic", "longer", "accent"],
)
def test_without_the_token_nothing_is_told(guarded, waits, headers, tries):
    browser = client_of(guarded, base_url=AWAY)
    sent = {name: value.encode() for name, value in headers.items()}
    answer = browser.get("/api/status", headers=sent)
    assert (answer.status_code, answer.json()["kind"]) == (401, "unauthorised")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert len(waits) == tries
    page = browser.get("/", headers=sent)
    assert page.status_code == 401
    assert 'action="/enter"' in page.text
    assert "<script" not in page.text
    for address in ("/assets/index.js", "/api/openapi.json", "/api/nothing"):
        assert browser.get(address).status_code == 401


def test_the_token_lets_in_as_header_in_the_address_and_in_the_form(guarded):
    assert client_of(guarded, base_url=AWAY).get("/api/status", headers={"Authorization": f"Bearer {TOKEN}"}).is_success
    for enter in (
        lambda browser: browser.get("/", params={"token": TOKEN}),
        lambda browser: browser.post("/enter", data={"token": f" {TOKEN} "}),
    ):
        browser = client_of(guarded, base_url=AWAY)
        answer = enter(browser)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Secure" not in cookie
        assert TOKEN not in cookie
        assert browser.get("/api/status").is_success


def test_with_tls_the_cookie_never_goes_without(guarded):
    browser = client_of(guarded, base_url="https://box.example:8765")
    assert "Secure" in browser.get("/", params={"token": TOKEN}).headers["set-cookie"]


def test_a_page_without_tls_is_another_site_where_the_server_speaks_it(guarded):
    secret = {"Authorization": f"Bearer {TOKEN}"}
    browser = client_of(guarded, base_url="https://box.example", headers=secret)
    assert browser.get("/api/status", headers={"Origin": "https://box.example"}).status_code == 200
    assert browser.get("/api/status", headers={"Origin": "http://box.example"}).status_code == 403
    # Another server before this one may speak TLS.
    behind = client_of(guarded, base_url="http://box.example", headers=secret)
    assert behind.get("/api/status", headers={"Origin": "https://box.example"}).status_code == 200


def test_a_wrong_token_is_told_and_slowed(guarded, waits):
    browser = client_of(guarded, base_url=AWAY)
    for answer in (
        browser.get("/?token=wrong"),
        browser.post("/enter", data={"token": "wrong"}),
        browser.post("/enter"),
    ):
        assert answer.status_code == 401
        assert "another token" in answer.text
        assert "set-cookie" not in answer.headers
    assert len(waits) == 3
    cookie = {browser.get("/", params={"token": TOKEN}).headers["set-cookie"].split("=")[0]: "0" * 64}
    assert client_of(guarded, base_url=AWAY, cookies=cookie).get("/api/status").status_code == 401
    assert len(waits) == 4


def test_with_a_token_other_sites_are_refused_all_the_same(guarded):
    headers = {"Authorization": f"Bearer {TOKEN}", "Origin": "http://evil.example"}
    assert client_of(guarded, base_url=AWAY).get("/api/status", headers=headers).status_code == 403


def test_no_more_is_read_of_a_form_than_a_token_can_be(guarded, waits):
    taken = []

    def pieces():
        for number in range(1000):
            taken.append(number)
            yield b"token=" + bytes(1000)

    answer = client_of(guarded, base_url=AWAY).post("/enter", content=pieces())
    assert answer.status_code == 401
    assert len(waits) == 1
