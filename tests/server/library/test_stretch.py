import pytest

from ultrasam.imaging.image import Region
from ultrasam.server.library.stretch import stretch_of


@pytest.mark.parametrize(
    ("spacings", "expected"),
    [
        ([], (1, 1)),
        ([None], (1, 1)),
        ([(0.2, 0.2)], (1, 1)),
        ([(0.308, 0.154)], (2, 1)),
        ([(0.1, 0.15)], (1, 1.5)),
        ([None, (0.3, 0.2)], (1.5, 1)),
        ([(0.4, 0.2), (0.2, 0.1)], (2, 1)),  # one shape, two scales
        ([(0.4, 0.2), (0.2, 0.2)], (1, 1)),  # no one shape is true
        ([(0.2, 0.2015)], (1, 1)),  # rounding
        ([(0.32, 0.02)], (16, 1)),  # beams that were not scan-converted
        ([(1.0, 0.001)], (1, 1)),  # not to be believed
        ([(0.001, 1.0)], (1, 1)),
    ],
    ids=str,
)
def test_a_picture_is_stretched_as_its_calibrated_regions_say(spacings, expected):
    assert stretch_of(tuple(Region((0, 0, 9, 9), one) for one in spacings)) == pytest.approx(expected)
