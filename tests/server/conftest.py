import pytest

from tests.server.serving import client_of, no_decoder, workbench


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """A workbench of three images with a small random model."""
    no_decoder(monkeypatch)
    with workbench(tmp_path) as made:
        yield made


@pytest.fixture
def browser(bench):
    """Requests of the page."""
    return client_of(bench)


@pytest.fixture
def image_id(browser):
    return browser.get("/api/images").json()["images"][0]["id"]
