import numpy as np
import pytest
from PIL import Image

from ultrasam.errors import InputError
from ultrasam.imaging import read_mask, write_mask_png


def test_inside_is_white(tmp_path):
    mask = np.eye(5, 7, dtype=bool)
    path = tmp_path / "new" / "mask.png"
    write_mask_png(path, mask)
    with Image.open(path) as stored:
        assert (stored.format, stored.mode) == ("PNG", "L")
        assert (np.asarray(stored) == mask * 255).all()
    assert (read_mask(path) == mask).all()


@pytest.mark.parametrize("mask", [np.zeros((2, 3), np.uint8), np.zeros((2, 3, 4), bool)])
def test_other_arrays_are_refused_and_leave_nothing(tmp_path, mask):
    with pytest.raises(InputError, match="Expected a mask of shape"):
        write_mask_png(tmp_path / "mask.png", mask)
    assert not list(tmp_path.iterdir())
