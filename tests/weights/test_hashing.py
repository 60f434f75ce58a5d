import hashlib

import pytest

from ultrasam.errors import WeightsError
from ultrasam.weights.hashing import sha256_of


@pytest.mark.parametrize("size", [0, 5, 2**20, 2**20 + 1])
def test_the_hash_is_that_of_all_bytes(size, tmp_path):
    content = bytes(range(251)) * (size // 251 + 1)
    (tmp_path / "x").write_bytes(content[:size])
    assert sha256_of(tmp_path / "x") == hashlib.sha256(content[:size]).hexdigest()


def test_what_cannot_be_read_is_said(tmp_path):
    with pytest.raises(WeightsError, match="Expected to read"):
        sha256_of(tmp_path)
