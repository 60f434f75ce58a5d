"""The int8 graph inside the package, with real weights and a real image."""

import json

import numpy as np
import onnxruntime
import pytest

from tests.export.small_weights import BOX, picture
from ultrasam.export.int8_acceptance import LEAST_SETS, MOST_LOSS
from ultrasam.graphs.int8_store import BUNDLED, find_int8
from ultrasam.inference import load
from ultrasam.weights import get_entry, load_network

BYTES_AT_MOST = 8_000_000


@pytest.fixture(scope="module")
def graph():
    _, checkpoint = load_network("ultrasam-tiny")
    found = find_int8(checkpoint, checkpoint.input_size)
    assert found is not None
    return found


def test_it_belongs_to_the_bundled_weights(graph):
    (own,) = BUNDLED
    entry = get_entry("ultrasam-tiny")
    assert (own.weights_sha256, own.input_size, own.pipeline) == (entry.sha256, entry.input_size, entry.pipeline)
    assert graph.name == own.file_name
    assert graph.stat().st_size < BYTES_AT_MOST


def test_it_was_accepted(graph):
    described = onnxruntime.InferenceSession(graph).get_modelmeta().custom_metadata_map
    assert (described["precision"], described["licence"]) == ("int8", "CC-BY-NC-SA-4.0")
    assert described["weights_sha256"] == get_entry("ultrasam-tiny").sha256
    comparison = json.loads(described["int8"])["comparison"]
    losses = comparison["mean_loss_of_dice"]
    assert len(losses) >= LEAST_SETS
    assert max(losses.values()) < MOST_LOSS
    assert {entry["dataset"] for entry in comparison["by_protocol"]} == set(losses)
    # The file is given to others: nothing in it says where it was made.
    assert not any(place in text for text in described.values() for place in ("/home", "/tmp", "/work", "\\"))


@pytest.mark.parametrize("backend", ["openvino", "onnxruntime"])
def test_masks_are_those_of_fp32(backend):
    fp32 = load("ultrasam-tiny").embed(picture())
    int8 = load("ultrasam-tiny", backend=backend, precision="int8").embed(picture())
    for prompt in ({"box_xyxy": BOX}, {"points_xy": [(400, 270)]}):
        first, second = fp32.segment(**prompt), int8.segment(**prompt)
        assert 0.05 < first.mask.mean() < 0.95
        dice = 2 * (first.mask & second.mask).sum() / (first.mask.sum() + second.mask.sum())
        assert dice >= 0.97
        assert second.score == pytest.approx(first.score, abs=0.05)
    difference = (fp32.embedding - int8.embedding).norm() / fp32.embedding.norm()
    # It is another encoder, and a good one.
    assert 0.005 < float(difference) < 0.1
    assert np.isfinite(int8.embedding.numpy()).all()
