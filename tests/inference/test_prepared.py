import numpy as np
import pytest
import torch

import ultrasam
from tests.inference.small_finetuned import write_finetuned
from tests.inference.small_model import small_segmenter
from tests.modeling.networks import SIZE
from ultrasam.inference import pixels as px
from ultrasam.inference.embedding_cache import EmbeddingCache

PIXELS = np.random.default_rng(5).integers(0, 256, (120, 170), dtype=np.uint8)


@pytest.fixture
def resized_in(monkeypatch):
    """Counts calls of the two resizes."""
    calls = []
    for name in ("resize_antialiased", "resize_opencv"):
        resize = getattr(px, name)

        def counted(*arguments, _resize=resize, **named):
            calls.append(_resize.__name__)
            return _resize(*arguments, **named)

        monkeypatch.setattr(px, name, counted)
    return calls


@pytest.mark.parametrize("pipeline", ["sam", "medsam", "ultrasam"])
def test_a_prepared_image_has_the_same_embedding_and_is_not_resized_again(pipeline, resized_in):
    model = small_segmenter(pipeline=pipeline)
    expected = model.embed(PIXELS).embedding
    del resized_in[:]
    prepared = model.prepare(PIXELS)
    assert len(resized_in) == 1
    session = model.embed(model.prepare(prepared))
    assert len(resized_in) == 1
    assert torch.equal(session.embedding, expected)
    assert session.frame is prepared.frame


@pytest.mark.parametrize("pixels", [PIXELS, PIXELS[:, :120].copy()], ids=["wide", "square"])
@pytest.mark.parametrize("other", [{"pipeline": "medsam"}, {"pipeline": "ultrasam"}, {"input_size": SIZE // 2}])
def test_what_another_model_prepared_is_prepared_anew(other, pixels):
    """A square image lies alike in the inputs of all pipelines, which resize it in ways of their own."""
    foreign = small_segmenter(**other).prepare(pixels)
    model = small_segmenter()
    assert torch.equal(model.embed(foreign).embedding, model.embed(pixels).embedding)


def test_an_image_in_the_cache_is_not_resized(tmp_path, resized_in):
    model = small_segmenter(cache=EmbeddingCache(tmp_path))
    first = model.embed(model.prepare(PIXELS))
    assert len(resized_in) == 1
    prepared = model.prepare(PIXELS)
    assert prepared.resized is None
    assert torch.equal(model.embed(prepared).embedding, first.embedding)
    assert len(resized_in) == 1
    for file in tmp_path.iterdir():
        file.unlink()
    assert torch.equal(model.embed(prepared).embedding, first.embedding), "it may have gone meanwhile"


@pytest.mark.parametrize("kind", ["semantic", "pooled"])
def test_fine_tuned_models_take_prepared_images(tmp_path, kind, resized_in):
    model = ultrasam.load(write_finetuned(tmp_path / "x.safetensors", kind))
    expected = model.predict(PIXELS)
    del resized_in[:]
    found = model.predict(model.prepare(PIXELS))
    assert len(resized_in) == 1
    if kind == "pooled":
        assert np.array_equal(found.probabilities, expected.probabilities)
    else:
        assert [np.array_equal(a.mask, b.mask) for a, b in zip(found, expected, strict=True)] == [True] * len(found)
