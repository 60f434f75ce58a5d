import hashlib
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


@pytest.mark.parametrize("names", [("scan.mhd", "scan.raw"), ("scan.NHDR", "scan.raw")])
def test_pixels_beside_their_header_count(tmp_path, names):
    header, pixels = (tmp_path / name for name in names)
    if header.suffix == ".mhd":
        header.write_text("ObjectType = Image\nElementDataFile = scan.raw\n")
    else:
        header.write_text("NRRD0004\ntype: uint8\ndata file: ./scan.raw\n")
    alone = fingerprint_of(header)
    pixels.write_bytes(bytes(100))
    both = fingerprint_of(header)
    os.utime(pixels, ns=(1, 1))
    assert fingerprint_of(header) == both != alone
    pixels.write_bytes(bytes(99) + b"\1")
    assert fingerprint_of(header) not in (both, alone)
    pixels.write_bytes(bytes(101))
    assert fingerprint_of(header) not in (both, alone)
    # A copy of both elsewhere is the same image.
    pixels.write_bytes(bytes(100))
    copies = tmp_path / "copies"
    copies.mkdir()
    for path in (header, pixels):
        (copies / path.name).write_bytes(path.read_bytes())
    assert fingerprint_of(copies / header.name) == both


def test_a_file_that_holds_its_pixels_has_the_hash_that_it_always_had(tmp_path):
    path = tmp_path / "a.mhd"
    path.write_bytes(b"ElementDataFile = LOCAL\n" + bytes(50))
    expected = hashlib.sha256(str(path.stat().st_size).encode() + path.read_bytes()).hexdigest()
    assert fingerprint_of(path) == expected
