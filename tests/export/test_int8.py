"""From a network and annotated images to an accepted int8 graph, or to a refusal."""

import json

import numpy as np
import onnxruntime
import pytest
import torch

from tests.evaluation.made_data import edit, make_folder
from tests.inference.small_finetuned import SIZE, promptable
from tests.inference.small_model import GRAPHS_SEED
from ultrasam.backends.halves import encoder_graph
from ultrasam.errors import InputError
from ultrasam.export import int8
from ultrasam.export.metadata import graph_metadata
from ultrasam.export.source import Source
from ultrasam.graphs import int8_store
from ultrasam.graphs.copying import copy_encoder
from ultrasam.modeling.heads.config import HeadConfig, Task
from ultrasam.weights import Checkpoint


@pytest.fixture(scope="module")
def source() -> Source:
    network, _ = promptable(GRAPHS_SEED)
    # It was fine-tuned for a task, too, but is compared by the prompts that it still answers.
    task = Task("semantic", ("cyst",), HeadConfig("semantic", 1), promptable=True)
    checkpoint = Checkpoint({}, network.config, "sam", "made", {"licence": "made"}, "a" * 64, SIZE, task)
    return Source(network, checkpoint, SIZE)


@pytest.fixture(scope="module")
def encoder(source, tmp_path_factory):
    """The graph as a network's own, in the bytes of its file."""
    path = tmp_path_factory.mktemp("encoder") / "encoder.onnx"
    copy_encoder(encoder_graph(*promptable(GRAPHS_SEED), SIZE), path, graph_metadata(source.checkpoint, SIZE))
    return path.read_bytes()


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Three data sets of three training and two validation images."""
    root = tmp_path_factory.mktemp("corpus")

    def splits(document):
        for image in document["images"]:
            image["split"] = "train" if image["id"] <= 3 else "val"

    for name in ("one", "two", "three"):
        edit(make_folder(root / name, images=5, name=name), splits)
    return root


@pytest.fixture
def graph(encoder, tmp_path, monkeypatch):
    """A file of its own, and a cache of its own."""
    monkeypatch.setenv("ULTRASAM_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "encoder.onnx"
    path.write_bytes(encoder)
    return path


def test_an_accepted_graph_takes_the_place_of_the_encoder_and_is_kept(source, graph, data, monkeypatch):
    # A random network's masks hang on nothing: whatever it loses is accepted here.
    monkeypatch.setattr("ultrasam.export.int8_acceptance.MOST_LOSS", 2.0)
    before = source.network.image_encoder
    whole = graph.stat().st_size
    steps = []
    report = int8.quantised(source, graph, data=[data], progress=steps.append)

    assert source.network.image_encoder is before
    assert report["calibration"]["images"] == {"one": 3, "three": 3, "two": 3}
    assert {entry["objects"] for entry in report["comparison"]["by_protocol"]} == {4}
    assert len(report["comparison"]["by_protocol"]) == 3 * 2
    assert steps[0] == "calibrating int8: image 1 of 9"
    assert steps[-1] == "comparing: int8, two, image 2 of 2"

    session = onnxruntime.InferenceSession(graph)
    described = session.get_modelmeta().custom_metadata_map
    assert described["precision"] == "int8"
    assert described["licence"] == "made"
    assert json.loads(described["int8"]) == json.loads(json.dumps(report))
    assert graph.stat().st_size < 0.5 * whole
    # Any number of images, and nearly the same numbers.
    images = torch.randn(3, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(1))
    (found,) = session.run(None, {"images": images.numpy()})
    with torch.no_grad():
        own = source.network.encode_image(images).numpy()
    assert 0 < np.linalg.norm(found - own) / np.linalg.norm(own) < 0.2

    kept = int8_store.find_int8(source.checkpoint, SIZE)
    assert kept is not None
    assert kept.read_bytes() == graph.read_bytes()


def test_a_refused_graph_leaves_nothing(source, graph, encoder, data, monkeypatch):
    # Even the same masks are too far apart.
    monkeypatch.setattr("ultrasam.export.int8_acceptance.MOST_LOSS", -2.0)
    monkeypatch.setattr(int8, "CALIBRATION_IMAGES", 1)
    monkeypatch.setattr(int8, "VALIDATION_IMAGES", 1)
    with pytest.raises(InputError, match=r"mean Dice.*one.*All numbers.*three, box: 0\.\d{4} to 0\.\d{4}"):
        int8.quantised(source, graph, data=[data])
    assert graph.read_bytes() == encoder
    assert [entry.name for entry in graph.parent.iterdir()] == ["encoder.onnx"]
    assert int8_store.find_int8(source.checkpoint, SIZE) is None


def test_too_few_data_sets_are_refused_before_the_work(source, graph, data):
    with pytest.raises(InputError, match=r"at least 3 data sets.*but got 2: one, two"):
        int8.quantised(source, graph, data=[data / "one", data / "two"])


def test_data_without_a_validation_part_are_refused(source, graph, tmp_path):
    folder = make_folder(tmp_path / "train", split="train")
    with pytest.raises(InputError, match="split val"):
        int8.quantised(source, graph, data=[folder])


def test_weights_beside_their_graph_are_refused(source, graph, data):
    graph.with_name("encoder.onnx.data").write_bytes(b"")
    with pytest.raises(InputError, match="two gigabytes"):
        int8.quantised(source, graph, data=[data])
