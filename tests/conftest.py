"""What holds for every test."""

import os

import pytest


@pytest.fixture(scope="session")
def shared_graphs(tmp_path_factory):
    """Where graphs of networks are kept: one folder for all processes that run tests, as they take long to make."""
    root = tmp_path_factory.getbasetemp()
    folder = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / "graphs"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory, shared_graphs):
    """No test finds an embedding, weights or a graph that an earlier run left in the user's cache."""
    cache = tmp_path_factory.mktemp("cache")
    (cache / "graphs").symlink_to(shared_graphs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ULTRASAM_CACHE", str(cache))
        yield


def pytest_terminal_summary(terminalreporter):
    """What tests measured and do not assert (``record_property("speed", …)``)."""
    reports = terminalreporter.getreports("passed")
    lines = [text for report in reports for name, text in report.user_properties if name == "speed"]
    if lines:
        terminalreporter.section("measured")
    for line in lines:
        terminalreporter.write_line(line)
