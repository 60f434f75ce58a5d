import io

import imagehash
import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.corpus.duplicates.scans import scan
from ultrasam.corpus.duplicates.candidates import differing_bits
from ultrasam.corpus.duplicates.fingerprint import fingerprint
from ultrasam.corpus.duplicates.turns import TURNS

WHOLE, TRIMMED = 0, 1


def of(picture):
    return fingerprint(np.ascontiguousarray(picture))[0]


def test_equal_pixels_have_one_digest_grey_or_rgb():
    grey = scan(1)
    rgb = np.repeat(grey[..., None], 3, 2)
    assert of(grey)["digest"] == of(rgb)["digest"]
    rgb[0, 0, 0] ^= 1
    assert of(grey)["digest"] != of(rgb)["digest"]


def test_other_shapes_of_the_same_bytes_are_other_images():
    grey = scan(2)
    assert of(grey)["digest"] != of(grey.reshape(grey.shape[::-1]))["digest"]


def test_hashes_are_those_of_imagehash_in_all_turns():
    picture = Image.fromarray(scan(3)).resize((64, 64), Image.Resampling.LANCZOS)
    mirrored, flipped = ImageOps.mirror(picture), ImageOps.flip(picture)
    expected = {"same": picture, "mirrored": mirrored, "flipped": flipped, "turned": picture.rotate(180)}
    hashes = of(scan(3))["hash"][WHOLE]
    for turn, name in enumerate(TURNS):
        bits = np.unpackbits(hashes[turn].astype("<u8").view(np.uint8))
        np.testing.assert_array_equal(bits.reshape(16, 16), imagehash.phash(expected[name], 16).hash)


def test_a_turned_picture_has_the_hash_of_that_turn():
    # The hash knows signs only, a few of which are near zero.
    one, other = of(scan(4)), of(scan(4)[::-1])
    distances = differing_bits(one["hash"][WHOLE, 0], other["hash"][WHOLE])
    assert TURNS[distances.argmin()] == "flipped"
    assert distances.min() <= 4
    assert sorted(distances)[1] > 80


def encoded(picture, kind):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, kind, quality=60)
    return np.asarray(Image.open(file).convert("L"))


@pytest.mark.parametrize(
    ("change", "view"),
    [
        (lambda x: encoded(x, "JPEG"), WHOLE),
        (lambda x: encoded(x, "WEBP"), WHOLE),
        (lambda x: np.asarray(Image.fromarray(x).resize((80, 60))), WHOLE),
        (lambda x: np.asarray(Image.fromarray(x).resize((480, 320))), WHOLE),
        (lambda x: np.clip(x.astype(int) + 30, 0, 255).astype(np.uint8), WHOLE),
        (lambda x: (x * 0.7).astype(np.uint8), WHOLE),
        (lambda x: x[1:-1, 2:-2], WHOLE),
        (lambda x: np.pad(x, ((30, 10), (0, 50))), TRIMMED),
    ],
    ids=["jpeg", "webp", "half size", "other aspect", "brighter", "less contrast", "1 % cut off", "framed"],
)
def test_a_copy_has_a_near_hash(change, view):
    original, copy, other = of(scan(5)), of(change(scan(5))), of(scan(6))
    assert differing_bits(original["hash"][view, 0], copy["hash"][view, 0]) <= 32
    assert differing_bits(original["hash"][view, 0], other["hash"][view]).min() > 64


@pytest.mark.parametrize("value", [0, 128])
def test_a_blank_picture_has_no_details(value):
    rng = np.random.default_rng(0)
    assert not of(np.full((40, 50), value, np.uint8) + rng.integers(0, 3, (40, 50), np.uint8))["detail"].any()
    assert of(scan(7))["detail"].any((1, 2)).all()
