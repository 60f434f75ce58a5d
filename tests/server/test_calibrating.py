import pytest

import ultrasam
from tests.references import EXAMPLES, shared
from ultrasam.server.calibrating import Calibration
from ultrasam.server.library import FileFacts, Stamp

#: Calibrated, but one of its regions reaches beyond the picture.
DOUBTFUL = "dicom/pydicom/test_files/examples_ybr_color.dcm"
PLAIN = EXAMPLES / "fetal_head.png"


def facts_of(path):
    with ultrasam.read(path) as image:
        return FileFacts.of(image, Stamp(1, 1))


@pytest.mark.parametrize("spacing_mm", [(0.2359, 0.2359), (1.0, 0.123456)], ids=str)
def test_a_given_spacing_is_what_read_makes_of_it(spacing_mm):
    for path in (PLAIN, shared(DOUBTFUL)):
        calibration = Calibration.of(facts_of(path), spacing_mm)
        with ultrasam.read(path, spacing_mm=spacing_mm) as image:
            assert (calibration.regions, calibration.words) == (image.regions, image.calibration)
        # Whatever the file says does not count any more, nor what is doubtful in it.
        assert calibration.told(spacing_mm) == image.calibration


def test_what_a_file_says_is_told_with_its_doubt():
    path = shared(DOUBTFUL)
    calibration = Calibration.of(facts_of(path), None)
    with ultrasam.read(path) as image:
        assert calibration.regions == image.regions
        spacing, doubt = image.spacing_mm, image.source.details["calibration"]
        assert calibration.told(spacing) == f"{image.calibration}; {doubt}"
        assert calibration.told(None) == f"not calibrated where it lies; elsewhere {image.calibration}"


def test_a_file_that_says_nothing_is_not_calibrated():
    calibration = Calibration.of(facts_of(PLAIN), None)
    assert (calibration.regions, calibration.told(None), calibration.doubt) == ((), "not calibrated", None)
