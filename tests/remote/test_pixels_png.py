import io

import numpy as np
import pytest
from PIL import Image

from ultrasam.errors import ImageError
from ultrasam.imaging import limits
from ultrasam.remote.pixels_png import pixels_from_png, pixels_to_png

RNG = np.random.default_rng(1)


def png_of(picture, format="PNG"):
    stream = io.BytesIO()
    picture.save(stream, format=format)
    return stream.getvalue()


@pytest.mark.parametrize("shape", [(1, 1), (37, 53), (37, 53, 3), (2, 1, 3)])
@pytest.mark.parametrize("order", ["as it is", "turned"])
def test_pixels_come_out_as_they_went_in(shape, order):
    pixels = RNG.integers(0, 256, shape, np.uint8)
    pixels = pixels if order == "as it is" else pixels[::-1, ::-1]
    found = pixels_from_png(pixels_to_png(pixels))
    assert found.dtype == np.uint8
    assert np.array_equal(found, pixels)


def test_nothing_but_pixels_is_sent():
    png = pixels_to_png(RNG.integers(0, 256, (9, 9), np.uint8))
    with Image.open(io.BytesIO(png)) as picture:
        assert picture.info == {}
        assert picture.mode == "L"


WHOLE = pixels_to_png(RNG.integers(0, 256, (200, 200), np.uint8))


@pytest.mark.parametrize(
    ("png", "words"),
    [
        pytest.param(b"", "something else", id="empty"),
        pytest.param(b"hello", "something else", id="text"),
        pytest.param(WHOLE[:8], "damaged", id="signature alone"),
        pytest.param(WHOLE[:-3000], "damaged", id="cut off"),
        pytest.param(png_of(Image.new("L", (5, 5)), "JPEG"), "something else", id="JPEG"),
        pytest.param(png_of(Image.new("RGBA", (5, 5))), "mode RGBA", id="transparent"),
        pytest.param(png_of(Image.new("P", (5, 5))), "mode P", id="palette"),
        pytest.param(png_of(Image.new("I;16", (5, 5))), "mode I", id="16 bits"),
    ],
)
def test_other_pictures_are_refused(png, words):
    with pytest.raises(ImageError, match=words):
        pixels_from_png(png)


def test_a_header_that_claims_too_many_pixels_is_refused(monkeypatch):
    monkeypatch.setattr(limits, "MAX_FRAME_PIXELS", 200 * 200 - 1)
    with pytest.raises(ImageError, match="at most 39,999 pixels"):
        pixels_from_png(WHOLE)
