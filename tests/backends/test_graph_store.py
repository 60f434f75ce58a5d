import json
import logging
import os
import threading

import pytest

from tests.modeling.networks import SMALL_TINY_VIT, SMALL_VIT
from ultrasam.backends import graph_store
from ultrasam.backends.graph_store import GraphStore
from ultrasam.modeling.config import SamConfig
from ultrasam.weights import Checkpoint


def checkpoint(sha256="a" * 64, encoder=SMALL_TINY_VIT, **options):
    return Checkpoint({}, SamConfig(encoder=encoder, **options), "sam", "made for tests", {}, sha256)


class Writer:
    """Writes some text in place of a graph, and counts."""

    def __init__(self, text="a graph", data=None):
        self.text, self.data, self.count = text, data, 0

    def __call__(self, path):
        self.count += 1
        path.write_text(self.text)
        if self.data is not None:
            path.with_name(f"{path.name}.data").write_text(self.data)


@pytest.fixture(autouse=True)
def _warns_anew():
    graph_store._warn_once.cache_clear()


def test_a_graph_is_made_once(tmp_path):
    writer = Writer()
    first = GraphStore(tmp_path).graph(checkpoint(), 256, "embedding", writer)
    assert first.read_text() == "a graph"
    assert GraphStore(tmp_path).graph(checkpoint(), 256, "embedding", writer) == first
    assert writer.count == 1


@pytest.mark.parametrize(
    ("weights", "size", "part"),
    [
        pytest.param(checkpoint("b" * 64), 256, "embedding", id="weights"),
        pytest.param(checkpoint(encoder=SMALL_VIT), 256, "embedding", id="network"),
        pytest.param(checkpoint(token_mlp_residual="doubled"), 256, "embedding", id="option of the network"),
        pytest.param(checkpoint(), 320, "embedding", id="input size"),
        pytest.param(checkpoint(), 256, "decoder", id="part"),
    ],
)
def test_what_decides_a_graph_tells_graphs_apart(tmp_path, weights, size, part):
    store = GraphStore(tmp_path)
    first = store.graph(checkpoint(), 256, "embedding", Writer("first"))
    assert store.graph(weights, size, part, Writer("other")).read_text() == "other"
    assert first.read_text() == "first"


@pytest.mark.parametrize(("module", "name"), [("torch", "__version__"), ("opset", "OPSET"), ("recipe", "_RECIPE")])
def test_another_way_to_make_graphs_makes_them_anew(tmp_path, monkeypatch, module, name):
    writer = Writer()
    GraphStore(tmp_path).graph(checkpoint(), 256, "embedding", writer)
    monkeypatch.setattr(graph_store.torch if module == "torch" else graph_store, name, "another")
    GraphStore(tmp_path).graph(checkpoint(), 256, "embedding", writer)
    assert writer.count == 2


def test_weights_beside_the_graph_belong_to_it(tmp_path):
    store, writer = GraphStore(tmp_path), Writer(data="weights")
    graph = store.graph(checkpoint(), 256, "embedding", writer)
    beside = graph.with_name("graph.onnx.data")
    assert beside.read_text() == "weights"
    beside.write_text("damage!")
    store.graph(checkpoint(), 256, "embedding", writer)
    assert (writer.count, beside.read_text()) == (2, "weights")


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda entry: (entry / "graph.onnx").write_text("a grapf"), id="a bit"),
        pytest.param(lambda entry: (entry / "graph.onnx").write_text("a gra"), id="cut off"),
        pytest.param(lambda entry: (entry / "graph.onnx").unlink(), id="gone"),
        pytest.param(lambda entry: (entry / "sha256.json").write_text("{"), id="hashes damaged"),
        pytest.param(lambda entry: (entry / "sha256.json").write_text("[]"), id="hashes of another kind"),
        pytest.param(lambda entry: (entry / "sha256.json").write_text("{}"), id="hashes empty"),
        pytest.param(lambda entry: (entry / "sha256.json").write_text("5"), id="hashes a number"),
        pytest.param(lambda entry: (entry / "sha256.json").unlink(), id="hashes gone"),
    ],
)
def test_a_damaged_graph_is_made_anew(tmp_path, damage):
    store, writer = GraphStore(tmp_path), Writer()
    graph = store.graph(checkpoint(), 256, "embedding", writer)
    damage(graph.parent)
    assert store.graph(checkpoint(), 256, "embedding", writer).read_text() == "a graph"
    assert writer.count == 2
    assert json.loads((graph.parent / "sha256.json").read_text()).keys() == {"graph.onnx"}


def test_a_graph_that_could_not_be_made_leaves_nothing(tmp_path):
    def fails(path):
        path.write_text("half")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        GraphStore(tmp_path).graph(checkpoint(), 256, "embedding", fails)
    assert [entry.name for entry in tmp_path.iterdir()] == [".lock"]


def test_what_a_killed_process_left_goes(tmp_path):
    (tmp_path / ".partial-x").mkdir()
    (tmp_path / ".partial-x" / "graph.onnx").write_text("half")
    GraphStore(tmp_path).graph(checkpoint(), 256, "embedding", Writer())
    assert not (tmp_path / ".partial-x").exists()


def test_two_at_once_make_a_graph_once(tmp_path, monkeypatch):
    """Both have seen that there is none before one makes it."""
    lock, looked = graph_store.FileLock, threading.Semaphore(0)
    writer, found = Writer(), []

    def locked(path):
        looked.release()
        return lock(path)

    def write(path):
        if not writer.count:
            assert looked.acquire(timeout=30)
            assert looked.acquire(timeout=30)
        writer(path)

    def ask():
        found.append(GraphStore(tmp_path).graph(checkpoint(), 256, "embedding", write).read_text())

    monkeypatch.setattr(graph_store, "FileLock", locked)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (writer.count, found) == (1, ["a graph", "a graph"])


def test_the_least_recently_used_go_first(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes").write_bytes(bytes(5000))
    store = GraphStore(tmp_path, max_bytes=3500)
    made = [store.graph(checkpoint(letter * 64), 256, "decoder", Writer("x" * 1000)) for letter in "abc"]
    for age, graph in enumerate(made):
        os.utime(graph.parent, (1000 + age, 1000 + age))
    store.graph(checkpoint("a" * 64), 256, "decoder", Writer("not asked for"))
    store.graph(checkpoint("d" * 64), 256, "decoder", Writer("x" * 1000))
    assert [graph.exists() for graph in made] == [True, False, True], "a use makes it the most recent"
    assert (tmp_path / "mine" / "notes").exists(), "what is not the store's stays"


def test_the_newest_stays_however_large(tmp_path):
    store = GraphStore(tmp_path, max_bytes=10)
    first = store.graph(checkpoint("a" * 64), 256, "decoder", Writer())
    second = store.graph(checkpoint("b" * 64), 256, "decoder", Writer())
    assert (first.exists(), second.exists()) == (False, True)


def test_without_a_folder_to_write_to_it_works_and_says_so_once(tmp_path, caplog):
    (tmp_path / "file").write_text("no folder")
    store = GraphStore(tmp_path / "file" / "graphs")
    weights = checkpoint(os.urandom(32).hex())
    writer = Writer()
    with caplog.at_level(logging.WARNING):
        graph = store.graph(weights, 256, "embedding", writer)
        assert store.graph(weights, 256, "embedding", writer) == graph
        store.graph(weights, 256, "decoder", writer)
    assert graph.read_text() == "a graph"
    assert writer.count == 2, "each part once in this process"
    assert len(caplog.messages) == 1
    assert "cannot be kept" in caplog.messages[0]


def test_a_cache_that_can_only_be_read_is_of_use(tmp_path, monkeypatch):
    store, writer = GraphStore(tmp_path), Writer()
    graph = store.graph(checkpoint(), 256, "embedding", writer)

    def refused(*_args, **_options):
        raise PermissionError("read-only")

    monkeypatch.setattr(os, "utime", refused)
    monkeypatch.setattr(graph_store, "FileLock", refused)
    assert store.graph(checkpoint(), 256, "embedding", writer) == graph
    assert writer.count == 1
