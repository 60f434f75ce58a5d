import pytest

from ultrasam.errors import ImageError
from ultrasam.imaging.limits import MAX_FRAME_PIXELS, MAX_UNPACKED_BYTES, check_claimed_bytes, check_frame_size


def test_sizes_up_to_the_limit_pass():
    check_frame_size(1, 1, "x")
    check_frame_size(MAX_FRAME_PIXELS, 1, "x")


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ((100_000, 100_000), "claims 100,000 x 100,000"),
        ((MAX_FRAME_PIXELS + 1, 1), "at most 134,217,728 pixels"),
        ((0, 5), "at least one pixel in scan.png, but its header claims 0 x 5"),
    ],
)
def test_sizes_beyond_it_do_not(size, words):
    with pytest.raises(ImageError, match=words):
        check_frame_size(*size, "scan.png")


def test_bytes_that_can_come_out_of_a_file_pass():
    check_claimed_bytes(1000, 1000, "x", is_packed=False)
    check_claimed_bytes(1_000_000, 1000, "x", is_packed=True)
    # What lies in a file uncompressed is as large as the file says.
    check_claimed_bytes(MAX_UNPACKED_BYTES + 1, MAX_UNPACKED_BYTES + 1, "x", is_packed=False)


@pytest.mark.parametrize(
    ("claimed", "held", "is_packed", "words"),
    [
        (1001, 1000, False, "claims 1,001 bytes, and it holds 1,000"),
        (2_000_000, 1000, True, "claims 2,000,000 bytes, and it holds 1,000"),
        (MAX_UNPACKED_BYTES + 1, 2**30, True, "at most 4,294,967,296 bytes of compressed pixels"),
    ],
)
def test_bytes_that_cannot_do_not(claimed, held, is_packed, words):
    with pytest.raises(ImageError, match=words):
        check_claimed_bytes(claimed, held, "scan.nii.gz", is_packed=is_packed)
