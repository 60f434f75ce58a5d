"""Sizes of image files before they are decoded."""

import numpy as np
import pytest
from PIL import Image

from ultrasam.downstream.data.files import image_size, stem_of
from ultrasam.imaging import read


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_size_is_that_of_the_picture_as_it_is_read(orientation, tmp_path):
    """Phones note in EXIF that a picture lies on its side."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "a.jpg"
    Image.fromarray(np.zeros((24, 32), np.uint8)).save(path, exif=exif)
    assert image_size(path) == read(path).frame(0).size_hw == ((32, 24) if orientation in (6, 8) else (24, 32))


@pytest.mark.parametrize(("name", "stem"), [("a/b.png", "a/b"), ("a.b/c.NII.GZ", "a.b/c"), ("a.b/c", "a.b/c")])
def test_stems(name, stem):
    assert stem_of(name) == stem
