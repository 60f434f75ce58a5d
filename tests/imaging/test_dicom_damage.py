"""Real files with changed bytes or a lost end give a picture or an :class:`ImageError`, and nothing else."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.imaging.dicom_files import shared_dicom
from ultrasam.errors import ImageError
from ultrasam.imaging.dicom import is_dicom, read_dicom

#: One of each compression, byte order and kind of colour, of those that are quick to decode.
FILES = [
    "pydicom/test_files/ExplVR_BigEnd.dcm",
    "pydicom/test_files/examples_ybr_color.dcm",
    "pydicom-data/US1_J2KI.dcm",
    "pydicom-data/JPGLosslessP14SV1_1s_1f_8b.dcm",
    "pydicom-data/OBXXXX1A_rle_2frame.dcm",
    "dcm4che/jpeg-ls-Palette.dcm",
    "pydicom-data/gdcm-US-ALOKA-16.dcm",
]
PIXEL_DATA = {b"\xe0\x7f\x10\x00", b"\x7f\xe0\x00\x10"}


@st.composite
def damage(draw, content):
    """The bytes of a file, some changed in its header, at the start of its pixels or anywhere; or cut off."""
    start = max(content.rfind(tag) for tag in PIXEL_DATA)
    places = st.one_of(
        st.integers(0, start), st.integers(start, min(start + 1000, len(content) - 1)), st.integers(0, len(content) - 1)
    )
    damaged = bytearray(content)
    for place, value in draw(st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=6)):
        damaged[place] = value
    if draw(st.integers(0, 9)) == 0:
        del damaged[draw(st.integers(0, len(content))) :]
    return bytes(damaged)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", FILES)
@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_files(name, data, tmp_path, capfd):
    path = tmp_path / "x.dcm"
    path.write_bytes(data.draw(damage(shared_dicom(name).read_bytes())))
    assert is_dicom(path) in (True, False)
    try:
        image = read_dicom(path)
        pixels = image.frame(0).pixels
        assert pixels.dtype == np.uint8
        assert pixels.shape == image.shape[1:]
    except ImageError as error:
        said = str(error)
        if "x.dcm" not in said or "\n" in said:
            pytest.fail(f"not a sentence on the file: {said}")
    assert capfd.readouterr().err == ""
