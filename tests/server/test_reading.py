"""Slow files hold up nobody who does not need them."""

import asyncio
import threading

import httpx
import pytest

from tests.server.serving import ADDRESS, SIZE_HW, change, outlined, picture
from ultrasam.remote import pixels_png
from ultrasam.remote.pixels_png import pixels_from_png
from ultrasam.server import create_app

#: More than the threads that the application has for everything else.
MANY = 50


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", "/frames/0.png"),
        ("GET", "/thumbnail"),
        ("GET", ""),
        ("POST", "/frames/0/measure"),
        ("GET", "/frames/0/embedding?wait=0&ahead=true"),
    ],
    ids=["frames", "thumbnails", "details", "measures", "embeddings"],
)
def test_changes_are_saved_while_many_wait_for_slow_files(bench, image_id, monkeypatch, method, address):
    slow, has_begun = threading.Event(), threading.Event()

    def waiting(*_, **__):
        has_begun.set()
        slow.wait(60)
        raise ZeroDivisionError

    body = {"json": {"masks": []}} if method == "POST" else {}
    item = change(outlined())

    async def ask():
        transport = httpx.ASGITransport(create_app(bench), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, timeout=60) as browser:
            await browser.get(f"/api/images/{image_id}")
            monkeypatch.setattr(bench.images, "place", waiting)
            monkeypatch.setattr(bench.images, "detail", waiting)
            monkeypatch.setattr(bench, "measured", waiting)
            asked = [
                asyncio.create_task(browser.request(method, f"/api/images/{image_id}{address}", **body))
                for _ in range(MANY)
            ]
            while not has_begun.is_set():
                await asyncio.sleep(0.01)
            try:
                saved = await asyncio.wait_for(browser.post(f"/api/images/{image_id}/changes", json=item), 30)
                status = await asyncio.wait_for(browser.get("/api/status"), 30)
            finally:
                slow.set()
            await asyncio.gather(*asked)
            return saved.json(), status.status_code

    assert asyncio.run(ask()) == ({"revision": 1}, 200)


def test_an_image_opens_while_thumbnails_are_slow(bench, image_id, monkeypatch):
    slow, has_begun = threading.Event(), threading.Event()

    def waiting(path):
        has_begun.set()
        slow.wait(60)
        return b""

    async def ask():
        transport = httpx.ASGITransport(create_app(bench))
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, timeout=60) as browser:
            monkeypatch.setattr(bench.library, "thumbnail", waiting)
            asked = [asyncio.create_task(browser.get(f"/api/images/{image_id}/thumbnail")) for _ in range(MANY)]
            while not has_begun.is_set():
                await asyncio.sleep(0.01)
            try:
                addresses = (f"/api/images/{image_id}", f"/api/images/{image_id}/frames/0.png")
                return [(await asyncio.wait_for(browser.get(one), 30)).status_code for one in addresses]
            finally:
                slow.set()
                await asyncio.gather(*asked)

    assert asyncio.run(ask()) == [200, 200]


def test_pixels_of_clients_are_unpacked_one_after_the_other(browser, monkeypatch):
    threads = []

    def unpacked(png):
        threads.append(threading.current_thread().name)
        return pixels_from_png(png)

    monkeypatch.setattr(pixels_png, "pixels_from_png", unpacked)
    answer = browser.post("/api/sessions", content=picture(), headers={"Content-Type": "image/png"})
    assert (answer.status_code, answer.json()["sizeHw"]) == (201, list(SIZE_HW))
    assert threads == ["model"]
    damaged = browser.post("/api/sessions", content=picture()[:100], headers={"Content-Type": "image/png"})
    assert (damaged.status_code, damaged.json()["kind"]) == (422, "image")


def test_who_finds_no_room_to_wait_for_the_model_is_told(bench, image_id, monkeypatch):
    slow = threading.Event()
    monkeypatch.setattr(bench.images, "place", lambda _: slow.wait(60))
    bench.model._room.total_tokens = 2

    async def ask():
        transport = httpx.ASGITransport(create_app(bench), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, timeout=60) as browser:
            address = f"/api/images/{image_id}/frames/0/embedding"
            asked = [asyncio.create_task(browser.get(address)) for _ in range(2)]
            while bench.model._room.available_tokens:
                await asyncio.sleep(0.01)
            try:
                return await asyncio.wait_for(browser.get(address), 30)
            finally:
                slow.set()
                await asyncio.gather(*asked)

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.json()["kind"]) == (503, "busy")
    assert "requests wait" in answer.json()["detail"]
    assert int(answer.headers["retry-after"]) >= 1
