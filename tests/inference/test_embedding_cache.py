import logging
import os

import numpy as np
import pytest
import torch

from ultrasam.errors import InputError
from ultrasam.inference.embedding_cache import EmbeddingCache

PIXELS = np.arange(60, dtype=np.uint8).reshape(6, 10)
FACTS = {"weights_sha256": "a" * 64, "pipeline": "sam", "input_size": 1024, "number_format": "torch.float32"}


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
        {"number_format": "openvino bf16"},
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
    keys = [letter * 64 for letter in "abcd"]
    cache = EmbeddingCache(tmp_path)
    cache.put(keys[0], one)
    size = (tmp_path / f"{keys[0]}.safetensors").stat().st_size

    cache = EmbeddingCache(str(tmp_path), max_bytes=3 * size)
    for age, key in enumerate(keys[:3]):
        cache.put(key, one)
        os.utime(tmp_path / f"{key}.safetensors", (1000 + age, 1000 + age))
    assert cache.get(keys[0]) is not None, "a read makes it the most recent"
    cache.put(keys[3], one)
    assert [key[0] for key in keys if cache.get(key) is not None] == ["a", "c", "d"]


def test_what_is_asked_for_by_name_is_recent_too(tmp_path):
    keys = [letter * 64 for letter in "abc"]
    cache = EmbeddingCache(tmp_path)
    assert not cache.contains(keys[0])
    for age, key in enumerate(keys[:2]):
        cache.put(key, torch.zeros(1, 256))
        os.utime(tmp_path / f"{key}.safetensors", (1000 + age, 1000 + age))
    assert cache.contains(keys[0])
    cache.max_bytes = 2 * (tmp_path / f"{keys[0]}.safetensors").stat().st_size
    cache.put(keys[2], torch.zeros(1, 256))
    assert [key[0] for key in keys if cache.contains(key)] == ["a", "c"]


def test_the_folder_is_looked_at_only_when_it_may_be_too_full(tmp_path, monkeypatch):
    looks = []
    scandir = os.scandir
    monkeypatch.setattr("os.scandir", lambda path: looks.append(path) or scandir(path))
    cache = EmbeddingCache(tmp_path)
    for number in range(60):
        cache.put(f"{number:064x}", torch.zeros(1))
    assert len(looks) == 1
    size = next(tmp_path.iterdir()).stat().st_size
    cache.max_bytes = 61 * size
    cache.put(f"{60:064x}", torch.zeros(1))
    assert len(looks) == 1
    cache.put(f"{61:064x}", torch.zeros(1))
    assert len(looks) == 2
    assert len(list(tmp_path.iterdir())) == 61


def test_two_that_write_to_one_folder_keep_its_bound_but_for_a_few_files(tmp_path, monkeypatch):
    monkeypatch.setattr("ultrasam.inference.embedding_cache._FILES_BETWEEN_SCANS", 4)
    one = EmbeddingCache(tmp_path)
    one.put(f"{1000:064x}", torch.zeros(1))
    size = next(tmp_path.iterdir()).stat().st_size
    caches = [EmbeddingCache(tmp_path, max_bytes=20 * size) for _ in range(2)]
    for number in range(100):
        caches[number % 2].put(f"{number:064x}", torch.zeros(1))
        assert len(list(tmp_path.iterdir())) <= 20 + 2 * 4
    assert len(list(tmp_path.iterdir())) >= 20


def test_only_embeddings_are_ever_deleted(tmp_path):
    (tmp_path / "thesis.docx").write_bytes(bytes(10_000))
    (tmp_path / ".partial-x.safetensors").write_bytes(bytes(10_000))
    (tmp_path / "folder").mkdir()
    EmbeddingCache(tmp_path, max_bytes=1).put("a" * 64, torch.zeros(1))
    assert sorted(path.name for path in tmp_path.iterdir()) == [".partial-x.safetensors", "folder", "thesis.docx"]


def test_a_read_only_cache_is_read(tmp_path, monkeypatch, caplog):
    cache = EmbeddingCache(tmp_path)
    cache.put("x", torch.ones(1))

    def refuse(*_):
        raise PermissionError("read-only")

    monkeypatch.setattr("os.utime", refuse)
    assert cache.get("x").item() == 1
    assert not caplog.records


def test_a_damaged_file_is_told_and_computed_anew(tmp_path, caplog):
    (tmp_path / "x.safetensors").write_bytes(b"half a fi")
    with caplog.at_level(logging.WARNING):
        assert EmbeddingCache(tmp_path).get("x") is None
    assert "cannot be read" in caplog.text
    assert not EmbeddingCache(tmp_path).contains("x")


def test_a_cache_that_cannot_be_written_costs_no_result(tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    with caplog.at_level(logging.WARNING):
        cache = EmbeddingCache(tmp_path / "file")
        cache.put("x", torch.zeros(1))
        cache.put("y", torch.zeros(1))
    assert caplog.text.count("cannot be cached") == 1


def test_the_bound_comes_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("ULTRASAM_CACHE_BYTES", "12345")
    assert EmbeddingCache(tmp_path).max_bytes == 12345
    monkeypatch.setenv("ULTRASAM_CACHE_BYTES", "lots")
    with pytest.raises(InputError, match="whole number of bytes"):
        EmbeddingCache(tmp_path)
