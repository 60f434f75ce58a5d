import json
import logging

import pytest

from ultrasam.graphs import int8_store
from ultrasam.graphs.int8_store import BundledGraph, find_int8, keep_int8
from ultrasam.modeling.config import SamConfig, TinyViTConfig
from ultrasam.weights import Checkpoint
from ultrasam.weights.hashing import sha256_of


def checkpoint(sha256="a" * 64, pipeline="sam") -> Checkpoint:
    return Checkpoint({}, SamConfig(encoder=TinyViTConfig()), pipeline, "made", {}, sha256, 512)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ULTRASAM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def graph(tmp_path):
    path = tmp_path / "encoder.onnx"
    path.write_bytes(b"a graph")
    return path


def test_what_is_kept_is_found_by_weights_size_and_pipeline(graph):
    assert find_int8(checkpoint(), 512) is None
    kept = keep_int8(checkpoint(), 512, graph)
    graph.unlink()
    assert find_int8(checkpoint(), 512) == kept
    assert kept.read_bytes() == b"a graph"
    assert find_int8(checkpoint(), 1024) is None
    assert find_int8(checkpoint("b" * 64), 512) is None
    assert find_int8(checkpoint(pipeline="medsam"), 512) is None


def test_a_newer_graph_takes_the_place_of_the_older(graph):
    keep_int8(checkpoint(), 512, graph)
    graph.write_bytes(b"another")
    assert keep_int8(checkpoint(), 512, graph).read_bytes() == b"another"
    assert find_int8(checkpoint(), 512).read_bytes() == b"another"


@pytest.mark.parametrize("note", [None, "{", "[]", json.dumps({"sha256": "0" * 64})])
def test_a_damaged_graph_or_note_is_passed_by(graph, note, caplog):
    kept = keep_int8(checkpoint(), 512, graph)
    if note is None:
        kept.write_bytes(b"half a gr")
    else:
        kept.with_suffix(".json").write_text(note)
    with caplog.at_level(logging.WARNING):
        assert find_int8(checkpoint(), 512) is None
    assert "damaged" in caplog.text


@pytest.fixture
def bundled(graph, monkeypatch):
    """The package has this graph for weights a…, 512 pixels."""
    own = BundledGraph("a" * 64, 512, "sam", graph.name, sha256_of(graph))
    monkeypatch.setattr(int8_store, "BUNDLED", (own,))
    monkeypatch.setattr(int8_store, "_BUNDLED_FOLDER", graph.parent)
    return graph


def test_the_package_s_graph_is_found_for_its_weights_only(bundled):
    assert find_int8(checkpoint(), 512) == bundled
    assert find_int8(checkpoint(), 1024) is None
    assert find_int8(checkpoint("b" * 64), 512) is None
    assert find_int8(checkpoint(pipeline="medsam"), 512) is None


def test_a_user_s_own_graph_goes_before_the_package_s(bundled, tmp_path):
    own = tmp_path / "own.onnx"
    own.write_bytes(b"calibrated with own images")
    kept = keep_int8(checkpoint(), 512, own)
    assert find_int8(checkpoint(), 512) == kept
    kept.write_bytes(b"damaged")
    assert find_int8(checkpoint(), 512) == bundled


@pytest.mark.parametrize("content", [b"another graph", None], ids=["changed", "missing"])
def test_a_damaged_package_is_not_used(bundled, content):
    if content is None:
        bundled.unlink()
    else:
        bundled.write_bytes(content)
    assert find_int8(checkpoint(), 512) is None
