import pytest

from ultrasam.errors import InputError
from ultrasam.inference.frame_plan import select_frames


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (None, [0]),
        ("all", list(range(5))),
        ("3", [3]),
        ("-1", [4]),
        ("1:3", [1, 2]),
        ("::2", [0, 2, 4]),
        ("3:", [3, 4]),
    ],
)
def test_frames_are_selected(spec, expected):
    assert list(select_frames(spec, 5)) == expected


@pytest.mark.parametrize("spec", ["5", "-6", "x", "", "1,2", "4:2", "::0", "::-1", "1.5"])
def test_frames_that_are_not_there_are_told(spec):
    with pytest.raises(InputError, match="from 0 to 4"):
        select_frames(spec, 5)
