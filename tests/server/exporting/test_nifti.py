from io import BytesIO

import pytest

from ultrasam.errors import InputError
from ultrasam.server.exporting.nifti import check_shape, write_track


@pytest.mark.parametrize("shape", [(32768, 2, 2), (1, 2, 40000)], ids=str)
def test_what_nifti_cannot_hold_is_an_error_before_anything_is_written(shape):
    target = BytesIO()
    for refuse in (lambda: check_shape(shape), lambda: write_track(target, [], shape, None)):
        with pytest.raises(InputError, match="at most 32767"):
            refuse()
    assert target.getvalue() == b""


def test_the_same_masks_give_the_same_bytes():
    files = [BytesIO(), BytesIO()]
    for file in files:
        write_track(file, [None, None], (2, 3, 4), (0.1, 0.2))
    assert files[0].getvalue() == files[1].getvalue()
