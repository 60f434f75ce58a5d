"""Sizes of pictures by their headers."""

import pytest
from PIL import Image

from tests.corpus.reading.sources import source_file
from ultrasam.corpus.reading import picture_size
from ultrasam.corpus.sample import Unreadable


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.bmp", "a.tif"])
def test_width_and_height(tmp_path, name):
    Image.new("L", (7, 5)).save(tmp_path / name)
    assert picture_size(source_file(tmp_path / name)) == (7, 5)


def test_pixels_are_not_decoded(tmp_path):
    Image.effect_noise((64, 48), 50).save(tmp_path / "a.png")
    content = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(content[: len(content) // 2])
    assert picture_size(source_file(tmp_path / "a.png")) == (64, 48)


@pytest.mark.parametrize("content", [b"", b"text", b"\x89PNG\r\n\x1a\n\x00\x00"])
def test_what_is_no_picture_is_unreadable(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(Unreadable, match=r"a\.png"):
        picture_size(source_file(tmp_path / "a.png"))
