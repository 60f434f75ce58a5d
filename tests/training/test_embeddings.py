from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from PIL import Image

from tests.training.made_runs import CONFIG, SIZE, make_place
from ultrasam.errors import InputError, TrainingError
from ultrasam.imaging import read
from ultrasam.inference.pipelines import pipeline_of
from ultrasam.training import stored_features
from ultrasam.training.corpus import read_corpus
from ultrasam.training.embeddings import StoredEmbeddings
from ultrasam.weights import load_network


@pytest.fixture
def place(tmp_path):
    return make_place(tmp_path / "place", train=2, val=1)


@pytest.fixture
def images(place):
    return read_corpus(place.recipe().data, 0).train


@pytest.fixture
def network(place):
    return load_network(place.weights)


def stored(folder, **changes):
    facts = {"weights_sha256": "a" * 64, "pipeline_name": "sam", "input_size": SIZE, "embed_dim": CONFIG.embed_dim}
    return StoredEmbeddings(folder, 0.001, **{**facts, **changes})


def test_they_are_the_networks_to_half_precision(tmp_path, images, network):
    sam, checkpoint = network
    pipeline = pipeline_of(checkpoint)
    store = stored(tmp_path / "cache")
    store.fill(sam, pipeline, images)
    for entry in images:
        pixels = read(entry.image.path).frame(0).pixels
        frame = pipeline.frame(pixels.shape[:2], SIZE)
        with torch.no_grad():
            expected = sam.encode_image(pipeline.to_input(pixels, frame)[None])[0]
        found = store(pixels)
        assert found.dtype == torch.float32
        assert torch.equal(found, expected.half().float())


def test_they_are_of_one_network_and_size(tmp_path, images, network):
    sam, checkpoint = network
    stored(tmp_path / "cache").fill(sam, pipeline_of(checkpoint), images)
    pixels = read(images[0].image.path).frame(0).pixels
    for changes in ({"weights_sha256": "b" * 64}, {"pipeline_name": "medsam"}, {"input_size": 2 * SIZE}):
        with pytest.raises(TrainingError, match="start the run again"):
            stored(tmp_path / "cache", **changes)(pixels)


def test_processes_that_read_images_have_them(tmp_path, images, network):
    sam, checkpoint = network
    store = stored(tmp_path / "cache")
    store.fill(sam, pipeline_of(checkpoint), images)
    pixels = read(images[0].image.path).frame(0).pixels
    assert torch.equal(pickle.loads(pickle.dumps(store))(pixels), store(pixels))  # noqa: S301


def test_a_network_in_training_mode_is_asked_in_evaluation_mode_and_given_back(tmp_path, images, network):
    sam, checkpoint = network
    first, second = stored(tmp_path / "first"), stored(tmp_path / "second")
    first.fill(sam.eval(), pipeline_of(checkpoint), images)
    second.fill(sam.train(), pipeline_of(checkpoint), images)
    assert sam.training
    pixels = read(images[0].image.path).frame(0).pixels
    assert torch.equal(first(pixels), second(pixels))


def test_an_image_that_cannot_be_read_is_left_out(tmp_path, images, network, caplog):
    sam, checkpoint = network
    images[0].image.path.write_bytes(b"no image")
    done = []
    stored(tmp_path / "cache").fill(sam, pipeline_of(checkpoint), images, done.append)
    assert done == [1, 2]
    assert "is not embedded" in caplog.text
    assert len(list((tmp_path / "cache").glob("*.safetensors"))) == 1


def test_several_at_once_are_those_of_each(tmp_path, network, monkeypatch):
    sam, checkpoint = network
    entries = read_corpus(make_place(tmp_path / "many", train=7, val=1).recipe().data, 0).train
    alone, together = stored(tmp_path / "alone"), stored(tmp_path / "together")
    alone.fill(sam, pipeline_of(checkpoint), entries)
    together.fill(sam, pipeline_of(checkpoint), entries[1:2])
    monkeypatch.setattr(stored_features, "_AT_ONCE_ON_CPU", 4)
    asked, done = [], []
    encode = sam.encode_image
    monkeypatch.setattr(sam, "encode_image", lambda images: asked.append(len(images)) or encode(images))
    together.fill(sam, pipeline_of(checkpoint), entries, done.append)
    assert asked == [4, 2]
    assert done == list(range(1, 8))
    for entry in entries:
        pixels = read(entry.image.path).frame(0).pixels
        torch.testing.assert_close(together(pixels), alone(pixels), rtol=2e-3, atol=2e-3)


def test_what_cannot_be_written_is_told_before_training(tmp_path, images, network, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    sam, checkpoint = network
    monkeypatch.setattr("ultrasam.inference.embedding_cache.save_file", full)
    with pytest.raises(InputError, match=r"embeddings of 2 images in .*cache, but 2 could not be kept there"):
        stored(tmp_path / "cache").fill(sam, pipeline_of(checkpoint), images)


def test_a_damaged_one_is_computed_anew_by_the_next_run(tmp_path, images, network):
    sam, checkpoint = network
    store = stored(tmp_path / "cache")
    store.fill(sam, pipeline_of(checkpoint), images)
    pixels = read(images[0].image.path).frame(0).pixels
    for path in (tmp_path / "cache").glob("*.safetensors"):
        path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(TrainingError, match="start the run again"):
        store(pixels)
    store.fill(sam, pipeline_of(checkpoint), images)
    assert store(pixels).isfinite().all()


def test_room_is_needed_for_all(tmp_path, images, network):
    sam, checkpoint = network
    small = StoredEmbeddings(
        tmp_path, 1e-6, weights_sha256="a" * 64, pipeline_name="sam", input_size=SIZE, embed_dim=32
    )
    with pytest.raises(InputError, match=r"embeddings of 2 images.*data\.cache_gb"):
        small.fill(sam, pipeline_of(checkpoint), images)
    assert not list(tmp_path.glob("*.safetensors"))


def test_what_was_told_to_fit_fits(tmp_path, network):
    """Nothing that was just computed goes again because files are a little larger than their tensors."""
    sam, checkpoint = network
    corpus = read_corpus(make_place(tmp_path / "many", train=12, val=1).recipe().data, 0)
    tensor_bytes = 12 * (32 * (SIZE // 16) ** 2 * 2 + 256)
    embeddings = StoredEmbeddings(
        tmp_path / "cache",
        (tensor_bytes + 1) / 1e9,
        weights_sha256="a" * 64,
        pipeline_name="sam",
        input_size=SIZE,
        embed_dim=32,
    )
    embeddings.fill(sam, pipeline_of(checkpoint), corpus.train)
    for entry in corpus.train:
        embeddings(np.array(Image.open(entry.image.path)))
