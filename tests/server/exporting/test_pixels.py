from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from ultrasam.errors import InputError
from ultrasam.imaging import Region
from ultrasam.server.exporting.drawn import Drawn
from ultrasam.server.exporting.pixels import Cut, png_of


def drawn(crop=None, redactions=()):
    return Drawn((), (), crop, tuple(redactions))


@pytest.mark.parametrize(
    ("crop", "box"),
    [
        (None, (0, 0, 80, 60)),
        ((10.0, 5.0, 20.0, 30.0), (10, 5, 20, 30)),
        ((10.2, 5.9, 20.9, 30.1), (11, 6, 20, 30)),
        ((-5.0, -5.0, 500.0, 500.0), (0, 0, 80, 60)),
    ],
    ids=str,
)
def test_a_crop_is_rounded_inwards(crop, box):
    cut = Cut.of(drawn(crop), (60, 80))
    assert cut.box == box
    assert cut.size_hw == (box[3] - box[1], box[2] - box[0])


@pytest.mark.parametrize("crop", [(3.2, 0.0, 3.8, 9.0), (90.0, 0.0, 99.0, 9.0)], ids=str)
def test_a_crop_without_a_pixel_is_an_error(crop):
    with pytest.raises(InputError, match="at least one pixel of 80 x 60"):
        Cut.of(drawn(crop), (60, 80))


@pytest.mark.parametrize("shape", [(60, 80), (60, 80, 3)], ids=str)
def test_redactions_are_rounded_outwards_and_the_frame_stays(shape):
    pixels = np.full(shape, 9, np.uint8)
    shown = Cut.of(drawn(redactions=[(10.9, 20.9, 12.1, 21.1), (-3.0, -3.0, 1.0, 999.0)]), (60, 80)).pixels(pixels)
    black = np.zeros((60, 80), np.bool_)
    black[20:22, 10:13] = True
    black[:, 0] = True
    np.testing.assert_array_equal((shown == 0).reshape(60, 80, -1).all(axis=2), black)
    assert (pixels == 9).all()


def test_the_spacing_is_that_of_the_regions_that_are_shown():
    left, right = Region((0, 0, 40, 60), (0.1, 0.2)), Region((40, 0, 80, 60), (0.3, 0.3))
    assert Cut.of(drawn(), (60, 80)).spacing_mm((left, right)) is None
    assert Cut.of(drawn((0.0, 0.0, 40.0, 60.0)), (60, 80)).spacing_mm((left, right)) == (0.1, 0.2)
    assert Cut.of(drawn((40.0, 0.0, 80.0, 60.0)), (60, 80)).spacing_mm((left, right)) == (0.3, 0.3)


@pytest.mark.parametrize(("shape", "kind"), [((9, 7), np.uint8), ((9, 7, 3), np.uint8), ((9, 7), np.uint16)], ids=str)
def test_png_is_lossless(shape, kind):
    pixels = np.random.default_rng(0).integers(0, np.iinfo(kind).max, shape, kind)
    np.testing.assert_array_equal(np.asarray(Image.open(BytesIO(png_of(pixels[1:, ::2])))), pixels[1:, ::2])
