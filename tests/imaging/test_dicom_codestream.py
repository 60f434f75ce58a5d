from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from ultrasam.imaging.dicom_codestream import (
    jpeg2000_size,
    jpeg2000_transforms_colours,
    jpeg_names_colours,
    jpeg_size,
    jpeg_without_application_data,
)

COLOUR = Image.fromarray(np.random.default_rng(0).integers(0, 256, (30, 50, 3), np.uint8))


def encoded(image, kind, **options):
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"comment": b"x" * 900}])
def test_jpeg_as_pillow_writes_it(options):
    assert jpeg_size(encoded(COLOUR, "JPEG", **options)) == (30, 50, 3)
    assert jpeg_size(encoded(COLOUR.convert("L"), "JPEG", **options)) == (30, 50, 1)


def test_fill_bytes_before_a_marker_are_skipped():
    jpeg = encoded(COLOUR, "JPEG")
    assert jpeg_size(jpeg[:2] + b"\xff\xff\xff" + jpeg[2:]) == (30, 50, 3)


def test_jpeg_colours():
    assert jpeg_names_colours(encoded(COLOUR, "JPEG"))
    assert jpeg_names_colours(encoded(COLOUR, "JPEG", keep_rgb=True))
    jfif = encoded(COLOUR, "JPEG")
    assert not jpeg_names_colours(jfif.replace(b"JFIF", b"none"))


def test_without_application_data_a_frame_is_the_same_picture():
    jpeg = encoded(COLOUR.convert("L"), "JPEG", exif=b"Exif\0\0" + bytes(50))
    bare = jpeg_without_application_data(jpeg[:2] + b"\xff\xff" + jpeg[2:])
    assert b"JFIF" in jpeg
    assert b"JFIF" not in bare
    assert b"Exif" not in bare
    assert np.array_equal(Image.open(BytesIO(bare)), Image.open(BytesIO(jpeg)))


@pytest.mark.parametrize("whole_file", [False, True])
@pytest.mark.parametrize("transform", [0, 1])
def test_jpeg_2000_as_pillow_writes_it(whole_file, transform):
    frame = encoded(COLOUR, "JPEG2000", no_jp2=not whole_file, mct=transform)
    assert jpeg2000_size(frame) == (30, 50, 3)
    assert jpeg2000_transforms_colours(frame) == bool(transform)


@pytest.mark.parametrize("kind", ["JPEG", "JPEG2000"])
def test_pieces_of_frames_have_no_size(kind):
    size, header = (jpeg_size, b"\xff\xd8") if kind == "JPEG" else (jpeg2000_size, b"\xff\x4f\xff\x51")
    frame = encoded(COLOUR, kind)
    start = frame.index(header)
    for end in (0, start, start + 2, start + 5, start + 12):
        assert size(frame[:end]) is None
