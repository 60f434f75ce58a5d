import io

import numpy as np
import pytest
from PIL import Image

from ultrasam.server.library.pictures import THUMBNAIL_SIDE, THUMBNAIL_TYPE, PictureCache, thumbnail_of

RANDOM = np.random.default_rng(0)


def opened(data):
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


@pytest.mark.parametrize(
    ("size_hw", "expected_hw"),
    [
        ((600, 800), (120, 160)),
        ((800, 600), (160, 120)),
        ((60, 80), (60, 80)),
        ((2, 3000), (1, 160)),
        ((1601, 1199), (160, 120)),
    ],
    ids=str,
)
@pytest.mark.parametrize("colour", [False, True], ids=["grey", "colour"])
def test_thumbnail_keeps_the_aspect(size_hw, expected_hw, colour):
    pixels = np.full((*size_hw, 3) if colour else size_hw, 90, np.uint8)
    picture = opened(thumbnail_of(pixels))
    assert Image.MIME[picture.format] == THUMBNAIL_TYPE
    assert (picture.height, picture.width) == expected_hw
    assert max(picture.size) <= THUMBNAIL_SIDE
    assert picture.mode == ("RGB" if colour else "L")
    assert np.abs(np.asarray(picture).astype(int) - 90).max() <= 2


@pytest.mark.parametrize(
    ("size_hw", "stretch_xy", "expected_hw"),
    [
        ((540, 400), (2, 1), (108, 160)),
        ((400, 540), (1, 2), (160, 108)),
        ((60, 40), (2, 1), (60, 80)),
        ((5, 4), (20, 1), (5, 80)),
    ],
    ids=str,
)
def test_thumbnail_has_its_true_shape(size_hw, stretch_xy, expected_hw):
    pixels = np.zeros(size_hw, np.uint8)
    pixels[:, size_hw[1] // 2 :] = 255
    picture = opened(thumbnail_of(pixels, stretch_xy))
    assert (picture.height, picture.width) == expected_hw
    shown = np.asarray(picture)
    assert shown[:, : picture.width // 4].max() < 50
    assert shown[:, -(picture.width // 4) :].min() > 200


def test_cache_makes_a_picture_once_and_forgets_the_oldest():
    cache, made = PictureCache(10), []

    def get(key, size=4):
        return cache.get(key, lambda: made.append(key) or bytes(size))

    get("a"), get("b"), get("a")
    assert made == ["a", "b"]
    get("c")  # 12 bytes: b, which was used longest ago, goes
    assert cache.byte_count == 8
    get("a"), get("b")
    assert made == ["a", "b", "c", "b"]


def test_cache_does_not_keep_what_is_larger_than_itself():
    cache = PictureCache(10)
    cache.get("small", lambda: bytes(5))
    assert cache.get("large", lambda: bytes(11)) == bytes(11)
    assert cache.byte_count == 5
    assert cache.get("small", lambda: b"") == bytes(5)
