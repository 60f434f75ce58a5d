import os

import pytest

from ultrasam.server import fingerprint
from ultrasam.server.fingerprint import fingerprint_of


@pytest.mark.parametrize("size", [0, 1, 9, 10, 35, 40, 41, 400], ids=str)
def test_another_content_or_size_is_another_file(tmp_path, monkeypatch, size):
    monkeypatch.setattr(fingerprint, "_PIECE", 10)
    monkeypatch.setattr(fingerprint, "_PIECES", 4)
    path = tmp_path / "a"
    path.write_bytes(bytes(size))
    first = fingerprint_of(path)
    os.utime(path, ns=(1, 1))
    assert fingerprint_of(path) == first
    path.write_bytes(bytes(size + 1))
    assert fingerprint_of(path) != first
    changed = [0, size // 2, size - 1] if 0 < size <= 40 else [0, size - 1] if size else []
    for place in changed:
        content = bytearray(size)
        content[place] = 1
        path.write_bytes(content)
        assert fingerprint_of(path) != first, place
