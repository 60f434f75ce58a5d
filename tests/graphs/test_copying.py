"""Copies of graphs, here of ones made in no time; those of networks are run by the tests of exports."""

import sys

import numpy as np
import onnx
import pytest

from tests.graphs.running import in_onnxruntime, in_openvino
from ultrasam.errors import MissingExtraError
from ultrasam.graphs import saving
from ultrasam.graphs.copying import copy_decoder, copy_encoder

WEIGHTS = np.arange(600, dtype=np.float32).reshape(20, 30)
ENCODER = """<ir_version: 10, opset_import: ["": 20]>
g (float[batch, 20] images) => (float[batch, 30] image_embeddings) { image_embeddings = MatMul(images, weights) }"""
DECODER = """<ir_version: 10, opset_import: ["": 20]>
g (float[objects, 4, q, q] logits, float[objects, 4] iou)
    => (float[objects, 4, q, q] low_res_masks, float[objects, 4] iou_predictions, float[objects, 4] tokens)
{ low_res_masks = Identity(logits)  iou_predictions = Identity(iou)  tokens = Identity(iou) }"""


@pytest.fixture
def encoder(tmp_path):
    model = onnx.parser.parse_model(ENCODER)
    model.graph.initializer.append(onnx.numpy_helper.from_array(WEIGHTS, "weights"))
    path = tmp_path / "cache" / "graph.onnx"
    path.parent.mkdir()
    onnx.save(model, path)
    return path


def names(folder):
    return sorted(file.name for file in folder.iterdir())


def test_an_encoder_has_what_it_is_told_and_the_other_stays(encoder, tmp_path):
    before = encoder.read_bytes()
    copy_encoder(encoder, tmp_path / "out" / "encoder.onnx", {"licence": "none"})
    found, whole = onnx.load(tmp_path / "out" / "encoder.onnx"), onnx.load(encoder)
    assert {entry.key: entry.value for entry in found.metadata_props} == {"licence": "none"}
    for part in ("input", "output", "initializer"):
        assert list(getattr(found.graph, part)) == list(getattr(whole.graph, part))
    assert [node.op_type for node in found.graph.node] == ["MatMul"]
    assert names(tmp_path / "out") == ["encoder.onnx"]
    assert encoder.read_bytes() == before


def test_weights_that_lie_beside_a_graph_lie_beside_its_copy(encoder, tmp_path, monkeypatch):
    monkeypatch.setattr(saving, "SINGLE_FILE_BYTES", 1000)
    first, second = tmp_path / "first" / "graph.onnx", tmp_path / "second" / "encoder.onnx"
    copy_encoder(encoder, first, {})
    assert names(first.parent) == ["graph.onnx", "graph.onnx.data"]
    copy_encoder(first, second, {"licence": "none"})
    assert names(second.parent) == ["encoder.onnx", "encoder.onnx.data"]
    for path in first.parent.iterdir():
        path.unlink()
    assert b"graph.onnx" not in second.read_bytes()
    images = np.random.default_rng(0).normal(size=(3, 20)).astype(np.float32)
    for run in (in_onnxruntime, in_openvino):
        np.testing.assert_allclose(run(second, {"images": images})["image_embeddings"], images @ WEIGHTS, rtol=1e-5)


def test_a_decoder_ends_with_masks_of_the_original_size(tmp_path):
    onnx.save(onnx.parser.parse_model(DECODER), tmp_path / "graph.onnx")
    copy_decoder(tmp_path / "graph.onnx", tmp_path / "decoder.onnx", {"licence": "none"}, finish="sam", input_size=64)
    given = {
        "logits": np.ones((2, 4, 16, 16), np.float32),
        "iou": np.ones((2, 4), np.float32),
        "orig_im_size": np.array([30, 50], np.float32),
    }
    found = in_onnxruntime(tmp_path / "decoder.onnx", given)
    assert list(found) == ["masks", "iou_predictions", "low_res_masks"]
    assert found["masks"].shape == (2, 4, 30, 50)
    metadata = onnx.load(tmp_path / "decoder.onnx").metadata_props
    assert {entry.key: entry.value for entry in metadata} == {"licence": "none"}


@pytest.mark.parametrize("missing", ["onnx", "onnxscript"])
def test_without_the_extra(missing, encoder, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtraError, match=r"ultrasam\[fast\]"):
        copy_decoder(encoder, tmp_path / "x.onnx", {}, finish="sam", input_size=64)
    assert not (tmp_path / "x.onnx").exists()
