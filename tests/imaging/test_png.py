import io

import numpy as np
import pytest
from PIL import Image

from ultrasam.imaging.png import encode_png

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("level", [1, 4])
@pytest.mark.parametrize("shape", [(1, 1), (37, 91), (37, 91, 3), (1, 400, 3)], ids=str)
def test_png_keeps_every_pixel(shape, level):
    pixels = RANDOM.integers(0, 256, shape, dtype=np.uint8)
    with Image.open(io.BytesIO(encode_png(pixels, compress_level=level))) as picture:
        assert picture.format == "PNG"
        assert picture.mode == ("L" if pixels.ndim == 2 else "RGB")
        assert picture.info == {}
        assert np.array_equal(np.asarray(picture), pixels)


def test_numbers_of_16_bits_and_views_are_kept_too():
    numbers = RANDOM.integers(0, 2**16, (20, 30), dtype=np.uint16)[1:, ::2]
    with Image.open(io.BytesIO(encode_png(numbers, compress_level=4))) as picture:
        assert np.array_equal(np.asarray(picture), numbers)
