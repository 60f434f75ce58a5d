import pytest

from ultrasam.errors import ImageError
from ultrasam.imaging.limits import MAX_FRAME_PIXELS, check_frame_size


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
