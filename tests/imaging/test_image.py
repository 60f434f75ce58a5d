import numpy as np
import pytest

from ultrasam.errors import ImageError
from ultrasam.imaging.image import ArrayFrames, Frame, Region, Source, UltrasoundImage, spacing_for

SOURCE = Source("x.png", "PNG", {})


def image(shape, regions=(), times=None):
    return UltrasoundImage(ArrayFrames(np.zeros(shape, np.uint8)), SOURCE, regions, times)


def mask(box_xyxy, size_hw=(10, 20)):
    result = np.zeros(size_hw, bool)
    x0, y0, x1, y1 = box_xyxy
    result[y0:y1, x0:x1] = True
    return result


LEFT = Region((0, 0, 10, 10), (0.1, 0.2), "tissue")
RIGHT = Region((10, 0, 20, 10), (0.3, 0.3), "tissue")
SPECTRUM = Region((10, 0, 20, 10), None, "spectral")
WHOLE = Region((0, 0, 20, 10), (0.5, 0.5), "unknown")


@pytest.mark.parametrize(
    ("box", "regions", "expected"),
    [
        ((1, 1, 5, 5), (LEFT, RIGHT), (0.1, 0.2)),
        ((12, 1, 15, 5), (LEFT, RIGHT), (0.3, 0.3)),
        ((4, 0, 12, 10), (LEFT, RIGHT), (0.1, 0.2)),
        ((5, 0, 15, 10), (LEFT, RIGHT), None),  # half and half: neither holds more
        ((12, 1, 15, 5), (LEFT, SPECTRUM), None),
        ((12, 1, 15, 5), (), None),
        ((1, 1, 5, 5), (WHOLE, LEFT), (0.1, 0.2)),  # both hold all of it: the smaller one is more specific
        ((8, 0, 14, 10), (WHOLE, RIGHT), (0.3, 0.3)),  # a few pixels beside it do not change that
        ((4, 0, 14, 10), (WHOLE, RIGHT), (0.5, 0.5)),
        # An empty mask lies nowhere, so that all regions with distances must agree.
        ((0, 0, 0, 0), (WHOLE,), (0.5, 0.5)),
        ((0, 0, 0, 0), (LEFT, SPECTRUM), (0.1, 0.2)),
        ((0, 0, 0, 0), (LEFT, RIGHT), None),
        ((0, 0, 0, 0), (SPECTRUM,), None),
        ((0, 0, 0, 0), (), None),
    ],
)
def test_spacing_is_that_of_the_region_that_holds_most_of_the_mask(box, regions, expected):
    assert spacing_for(mask(box), regions) == expected


def test_a_region_that_reaches_beyond_the_image_counts_only_what_is_in_it():
    assert Region((-5, -5, 3, 4)).pixels_inside(mask((0, 0, 20, 10))) == 12


def test_an_image_knows_its_shape_and_its_frames():
    grey = image((3, 4, 5), times=(0.0, 0.1, 0.2))
    assert (len(grey), grey.size_hw, grey.is_colour) == (3, (4, 5), False)
    assert [(frame.index, frame.time_s) for frame in grey] == [(0, 0.0), (1, 0.1), (2, 0.2)]
    assert grey.frame(-1).index == 2
    colour = image((1, 4, 5, 3))
    assert colour.is_colour
    assert colour.frame().size_hw == (4, 5)
    assert repr(colour) == "UltrasoundImage(PNG, 1x4x5x3, not calibrated)"


@pytest.mark.parametrize("index", [3, -4])
def test_a_frame_that_is_not_there(index):
    with pytest.raises(ImageError, match=f"from 0 to 2 of x.png, but got {index}"):
        image((3, 4, 5)).frame(index)


@pytest.mark.parametrize("shape", [(0, 4, 5), (1, 0, 5), (1, 4, 0, 3)])
def test_an_image_without_pixels_is_refused(shape):
    with pytest.raises(ImageError, match="at least one frame with at least one pixel"):
        image(shape)


@pytest.mark.parametrize("array", [np.zeros((4, 5), np.uint8), np.zeros((1, 4, 5, 4), np.uint8), np.zeros((1, 4, 5))])
def test_frames_of_another_shape_or_type_are_refused(array):
    with pytest.raises(ImageError, match="Expected frames of shape"):
        ArrayFrames(array)


@pytest.mark.parametrize(
    ("pixels", "came"),
    [
        (np.zeros((4, 5)), r"\(4, 5\) float64"),
        (np.zeros((4, 5), bool), r"\(4, 5\) bool"),
        (np.zeros((4, 5, 4), np.uint8), r"\(4, 5, 4\) uint8"),
        (np.zeros(4, np.uint8), r"\(4,\) uint8"),
        (np.zeros((0, 5), np.uint8), r"\(0, 5\) uint8"),
        ([[1, 2], [3, 4]], r"\(2, 2\) list"),
        (None, r"\(\) NoneType"),
    ],
)
def test_a_frame_of_other_pixels_is_refused(pixels, came):
    with pytest.raises(ImageError, match=rf"Expected pixels as a uint8 array .* but got {came}"):
        Frame(pixels)


def test_a_closed_image_gives_no_frames_but_is_still_known():
    with image((3, 4, 5), (LEFT,)) as opened:
        assert opened.frame(2).size_hw == (4, 5)
    opened.close()
    assert (opened.shape, opened.spacing_mm) == ((3, 4, 5), (0.1, 0.2))
    with pytest.raises(ImageError, match=r"x\.png was closed: read it again"):
        opened.frame(0)


@pytest.mark.parametrize(
    ("regions", "spacing", "words"),
    [
        ((), None, "not calibrated"),
        ((SPECTRUM,), None, "not calibrated"),
        ((Region((0, 0, 5, 4), (0.0789, 0.0789), "tissue", "PixelSpacing"),), (0.0789, 0.0789), "0.0789 x 0.0789 mm"),
        ((LEFT, SPECTRUM), (0.1, 0.2), "0.1 x 0.2 mm per pixel"),
        ((LEFT, RIGHT), None, "regions with different spacing"),
    ],
)
def test_calibration_in_words(regions, spacing, words):
    result = image((1, 4, 5), regions)
    assert result.spacing_mm == spacing
    assert result.calibration.startswith(words)
