"""A real server and a real browser (Debian's Chromium), driven by Playwright."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.references import ROOT, tool
from tests.web.driving import Driver
from tests.web.serving import Server

PAGE = ROOT / "src" / "ultrasam" / "server" / "static" / "index.html"


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the browser is, which has a page to show."""
    if not PAGE.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("the page is not built, and CI must not pass without it (make web)")
        pytest.skip("needs the built page (make web)")
    return tool("chromium")


@pytest.fixture(scope="module")
def browser(chromium):
    """Chromium; for one file of tests, as Playwright has an event loop running in their thread until it is left."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # As root, which CI may be, Chromium runs without its sandbox only.
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def cache(tmp_path_factory, shared_graphs) -> Path:
    """What servers keep: embeddings of this process's tests, and the decoder's graph that all tests share."""
    folder = tmp_path_factory.mktemp("cache-of-the-page")
    (folder / "graphs").symlink_to(shared_graphs)
    return folder


@pytest.fixture(scope="session")
def start(cache) -> Iterator[Callable[..., Server]]:
    """Starts servers, and ends those that a test leaves."""
    servers = []

    def start(folder: Path, *options: str) -> Server:
        servers.append(Server(folder, *options, cache=cache))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def shared_server(chromium, start, tmp_path_factory) -> Server:
    """One for all tests that take a picture of their own from it (``page.fresh``)."""
    server = start(tmp_path_factory.mktemp("images"))
    server.wait_for_decoder()
    return server


@pytest.fixture
def server(shared_server) -> Server:
    """What `page` is of; a module that needs a server of its own has its own fixture of this name."""
    return shared_server


@pytest.fixture
def tab(browser, server) -> Iterator[Callable[..., Driver]]:
    """Opens tabs of users who were never here before; what a page complained about fails the test."""
    drivers: list[Driver] = []

    def tab(**options) -> Driver:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        context.set_default_timeout(20_000)
        drivers.append(Driver(context.new_page(), server))
        return drivers[-1]

    yield tab
    for driver in drivers:
        driver.page.context.close()
    for driver in drivers:
        assert not driver.problems, driver.problems


@pytest.fixture
def page(tab) -> Driver:
    """A tab of 1280 x 800 pixels."""
    return tab()
