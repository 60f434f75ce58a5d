import io

import numpy as np
import pytest
from PIL import Image

from tests.corpus.duplicates.scans import scan
from ultrasam.corpus.duplicates.borders import trimmed


@pytest.mark.parametrize("frame", [((9, 0), (0, 0)), ((5, 7), (30, 2)), ((40, 40), (40, 40))])
@pytest.mark.parametrize("value", [0, 255])
def test_a_frame_is_cut_off(frame, value):
    tissue = scan(1)
    np.testing.assert_array_equal(trimmed(np.pad(tissue, frame, constant_values=value)), tissue)


def test_a_frame_around_a_frame_is_cut_off_too():
    tissue = scan(2)
    framed = np.pad(np.pad(tissue, 10, constant_values=255), ((3, 0), (0, 8)))
    np.testing.assert_array_equal(trimmed(framed), tissue)


def test_a_frame_with_a_mark_is_cut_off():
    framed = np.pad(scan(3), 24)
    framed[4, 100] = 255
    np.testing.assert_array_equal(trimmed(framed), scan(3))


def test_a_frame_with_the_noise_of_jpeg_is_cut_off():
    file = io.BytesIO()
    Image.fromarray(np.pad(scan(3), 24)).save(file, "JPEG", quality=60)
    assert trimmed(np.asarray(Image.open(file))).shape == scan(3).shape


@pytest.mark.parametrize("picture", [np.zeros((50, 60), np.uint8), np.pad(scan(4)[:10, :10], 40), scan(5)])
def test_what_has_no_frame_or_nothing_but_a_frame_stays(picture):
    assert trimmed(picture).shape == picture.shape
