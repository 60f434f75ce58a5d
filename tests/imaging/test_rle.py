import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pycocotools import mask as reference

from ultrasam.errors import InputError
from ultrasam.imaging import mask_to_rle, rle_to_mask

MASKS = hnp.arrays(bool, st.tuples(st.integers(1, 40), st.integers(1, 40)), elements=st.booleans())


@settings(derandomize=True, max_examples=200, deadline=None)
@given(MASKS)
@example(np.zeros((3, 4), bool))
@example(np.ones((3, 4), bool))
@example(np.ones((1, 1), bool))
def test_equal_to_pycocotools(mask):
    rle = mask_to_rle(mask)
    expected = reference.encode(np.asfortranarray(mask.astype(np.uint8)))
    assert rle == {"size": expected["size"], "counts": expected["counts"].decode()}
    assert (rle_to_mask(rle) == mask).all()
    assert (rle_to_mask(expected) == mask).all()


@pytest.mark.parametrize("size", [(1000, 1500), (3000, 4000)])
def test_long_runs_and_large_differences(size):
    mask = np.zeros(size, bool)
    mask[10:-10, 20:-20] = True
    mask[::97, ::101] ^= True
    rle = mask_to_rle(mask)
    assert rle["counts"].encode() == reference.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"]
    assert (rle_to_mask(rle) == mask).all()


def test_uncompressed_counts_are_read_too():
    assert rle_to_mask({"size": [2, 3], "counts": [1, 2, 3]}).tolist() == [[0, 1, 0], [1, 0, 0]]


@pytest.mark.parametrize("mask", [np.zeros((2, 3), np.uint8), np.zeros((1, 2, 3), bool)])
def test_other_arrays_are_refused(mask):
    with pytest.raises(InputError, match="Expected a mask of shape"):
        mask_to_rle(mask)


@pytest.mark.parametrize("counts", [[1, 2], [10, -4], "", "P", "é", "o" * 20 + "0"])
def test_runs_that_do_not_fill_the_size_are_refused(counts):
    with pytest.raises(InputError, match="Expected"):
        rle_to_mask({"size": [2, 3], "counts": counts})
