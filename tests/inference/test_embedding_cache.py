import logging
import os

import numpy as np
import pytest
import torch

from ultrasam.errors import InputError
from ultrasam.inference.embedding_cache import EmbeddingCache

PIXELS = np.arange(60, dtype=np.uint8).reshape(6, 10)
FACTS = {"weights_sha256": "a" * 64, "pipeline": "sam", "input_size": 1024, "dtype": torch.float32}


def test_what_was_put_is_given_back(tmp_path):
    cache = EmbeddingCache(tmp_path)
    embedding = torch.randn(1, 4, 3, 3)
    assert cache.get("x") is None
    cache.put("x", embedding)
    assert torch.equal(cache.get("x"), embedding)


@pytest.mark.parametrize(
    "change",
    [
        {"weights_sha256": "b" * 64},
        {"pipeline": "medsam"},
        {"input_size": 512},
        {"dtype": torch.bfloat16},
    ],
)
def test_all_that_decides_the_embedding_is_in_the_key(change):
    assert EmbeddingCache.key(PIXELS, **FACTS) != EmbeddingCache.key(PIXELS, **FACTS | change)


def test_pixels_and_their_shape_are_in_the_key():
    key = EmbeddingCache.key(PIXELS, **FACTS)
    changed = PIXELS.copy()
    changed[3, 3] += 1
    assert EmbeddingCache.key(changed, **FACTS) != key
    assert EmbeddingCache.key(PIXELS.reshape(10, 6), **FACTS) != key
    assert EmbeddingCache.key(np.asfortranarray(PIXELS), **FACTS) == key, "the layout in memory is no content"


def test_the_least_recently_used_go_first(tmp_path):
    one = torch.zeros(1, 256)
    cache = EmbeddingCache(tmp_path)
    cache.put("probe", one)
    size = (tmp_path / "probe.safetensors").stat().st_size
    (tmp_path / "probe.safetensors").unlink()

    cache = EmbeddingCache(tmp_path, max_bytes=3 * size)
    for age, name in enumerate("abc"):
        cache.put(name, one)
        os.utime(tmp_path / f"{name}.safetensors", (1000 + age, 1000 + age))
    assert cache.get("a") is not None, "a read makes it the most recent"
    cache.put("d", one)
    assert [name for name in "abcd" if cache.get(name) is not None] == ["a", "c", "d"]


def test_a_damaged_file_is_told_and_computed_anew(tmp_path, caplog):
    (tmp_path / "x.safetensors").write_bytes(b"half a fi")
    with caplog.at_level(logging.WARNING):
        assert EmbeddingCache(tmp_path).get("x") is None
    assert "cannot be read" in caplog.text


def test_a_cache_that_cannot_be_written_costs_no_result(tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    with caplog.at_level(logging.WARNING):
        EmbeddingCache(tmp_path / "file").put("x", torch.zeros(1))
    assert "could not be cached" in caplog.text


def test_the_bound_comes_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("ULTRASAM_CACHE_BYTES", "12345")
    assert EmbeddingCache(tmp_path).max_bytes == 12345
    monkeypatch.setenv("ULTRASAM_CACHE_BYTES", "lots")
    with pytest.raises(InputError, match="whole number of bytes"):
        EmbeddingCache(tmp_path)
