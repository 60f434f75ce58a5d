import hashlib
import multiprocessing
import os

import numpy as np
import pytest
import torch

from tests.inference.small_model import small_segmenter
from ultrasam.backends.graph_store import GraphStore
from ultrasam.errors import InputError, MissingExtraError, WeightsError
from ultrasam.graphs.parts import DecoderPart
from ultrasam.server.computing import DecoderGraph, decoder_process
from ultrasam.server.computing.decoder_process import Stopped, WritingProcess
from ultrasam.server.computing.decoder_weights import DecoderWeights

LONG_S = 120


@pytest.fixture(scope="module")
def model():
    return small_segmenter()


@pytest.fixture
def make(tmp_path):
    made = []

    def call(model):
        made.append(DecoderGraph(model, GraphStore(tmp_path / "graphs")))
        return made[-1]

    yield call
    for graph in made:
        graph.close()


def dies(*_):
    """What a process does for which there is too little memory."""
    os._exit(9)


def inputs(size):
    rng = np.random.default_rng(0)
    grid, quarter = size // 16, size // 4
    return {
        "image_embeddings": rng.standard_normal((1, 256, grid, grid), np.float32),
        "point_coords": rng.uniform(0, size, (2, 3, 2)).astype(np.float32),
        "point_labels": np.array([[1, 0, -1], [2, 3, 1]], np.float32),
        "mask_input": rng.standard_normal((2, 1, quarter, quarter), np.float32),
        "has_mask_input": np.array([0, 1], np.float32),
    }


def test_the_graph_computes_what_the_network_does_and_is_found_again(make, model):
    onnxruntime = pytest.importorskip("onnxruntime")
    graph = make(model)
    assert (graph.state, graph.content, graph.sha256) == ("making", None, None)
    graph.start()
    graph.wait(LONG_S)
    assert (graph.state, graph.reason) == ("ready", None)
    content = graph.content
    assert hashlib.sha256(content).hexdigest() == graph.sha256
    given = inputs(model.input_size)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    assert [one.name for one in session.get_inputs()] == list(given)
    assert [one.name for one in session.get_outputs()] == ["low_res_masks", "iou_predictions", "tokens"]
    with torch.no_grad():
        expected = DecoderPart(model.network, model.input_size)(*(torch.from_numpy(one) for one in given.values()))
    for found, wanted in zip(session.run(None, given), expected, strict=True):
        assert np.abs(found - wanted.numpy()).max() < 1e-4

    # Made once: a second server starts no process.
    second = make(model)
    second._process.stop()
    second.start()
    second.wait(LONG_S)
    assert (second.state, second.sha256) == ("ready", graph.sha256)
    assert second.content == content


def test_it_is_the_graph_that_backends_share(make, model):
    graph = make(model)
    graph._store.graph(model.checkpoint, model.input_size, "decoder", lambda path: path.write_bytes(b"graph"))
    graph.start()
    graph.wait(LONG_S)
    assert graph.state == "ready"
    assert graph.content == b"graph"


def test_weights_that_decode_twice_leave_it_to_the_server(make):
    graph = make(small_segmenter(pipeline="ultrasam"))
    graph.start()
    assert graph.state == "unavailable"
    assert "two passes" in graph.reason


def test_a_process_that_fails_says_why(make, model, monkeypatch):
    def write(self, weights, input_size, path):
        raise InputError("No graph for these.")

    monkeypatch.setattr(WritingProcess, "write", write)
    graph = make(model)
    graph.start()
    graph.wait(LONG_S)
    assert (graph.state, graph.reason) == ("unavailable", "No graph for these.")


def test_closing_stops_the_process_and_leaves_nothing(make, model, tmp_path):
    graph = make(model)
    graph.start()
    graph.close()
    assert graph.state == "unavailable"
    assert not multiprocessing.active_children()
    assert not [path for path in (tmp_path / "graphs").glob("*") if path.name != ".lock"]


def test_a_stopped_process_is_not_started(tmp_path, model):
    process = WritingProcess()
    process.stop()
    with pytest.raises(Stopped):
        process.write(DecoderWeights.of(model.network), model.input_size, tmp_path / "decoder.onnx")


def test_what_the_process_cannot_do_comes_back(tmp_path, model):
    with pytest.raises(InputError, match="multiple of 64"):
        WritingProcess().write(DecoderWeights.of(model.network), 100, tmp_path / "decoder.onnx")


def test_a_process_that_is_ended_from_outside_is_noticed(tmp_path, model, monkeypatch):
    monkeypatch.setattr(decoder_process, "_write", dies)
    with pytest.raises(WeightsError, match=r"ended \(9\)"):
        WritingProcess().write(DecoderWeights.of(model.network), model.input_size, tmp_path / "decoder.onnx")


def test_what_the_process_says_can_be_sent():
    receiver, sender = multiprocessing.Pipe(duplex=False)
    with receiver, sender:
        sender.send(MissingExtraError("ONNX graphs need the package onnx."))
        error = receiver.recv()
    assert (type(error), str(error)) == (MissingExtraError, "ONNX graphs need the package onnx.")


def test_half_precision_is_another_graph():
    from ultrasam.server.computing.decoder_graph import _part

    model = small_segmenter()
    assert _part(model) == "decoder"
    model.network.to(torch.bfloat16)
    assert _part(model) == "decoder torch.bfloat16"
    assert all(array.dtype == np.float32 for array in DecoderWeights.of(model.network).mask_decoder.values())
