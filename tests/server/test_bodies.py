import asyncio

import pytest

from ultrasam.server.bodies import LimitedBodies


def ask(pieces, headers=(), path="/api/labels", method="PUT", max_bytes=10):
    """What the application behind got, and the status of the answer."""
    got, sent = [], []
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    messages[-1]["more_body"] = False

    async def app(scope, receive, send):
        while True:
            message = await receive()
            got.append(message["body"])
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": list(headers)}
    asyncio.run(LimitedBodies(app, max_bytes)(scope, receive, send))
    return got, sent[0]["status"], messages


@pytest.mark.parametrize("pieces", [[b""], [b"0123456789"], [b"01234", b"", b"56789"]], ids=["empty", "one", "three"])
def test_what_fits_goes_on_whole(pieces):
    assert ask(pieces)[:2] == ([b"".join(pieces)], 200)


def test_too_much_is_refused_as_soon_as_it_is_known():
    got, status, left = ask([b"012345", b"67890", b"more", b"and more"])
    assert (got, status, len(left)) == ([], 413, 2)


def test_too_much_that_is_announced_is_not_read():
    got, status, left = ask([b"0"], [(b"content-length", b"11")])
    assert (got, status, len(left)) == ([], 413, 1)


def test_uploads_have_a_limit_of_their_own():
    assert ask([b"0" * 20, b"1"], path="/api/images", method="POST")[:2] == ([b"0" * 20, b"1"], 200)


def test_pictures_of_clients_may_be_larger():
    assert ask([b"0" * 20], path="/api/sessions", method="POST")[1] == 200


def test_the_limit_holds_for_the_application(browser):
    answer = browser.put("/api/labels", content=b"0" * (16 * 2**20 + 1))
    assert (answer.status_code, answer.json()["kind"]) == (413, "large")
