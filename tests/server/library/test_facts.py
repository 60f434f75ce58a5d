import json

import pydicom
import pytest

from tests.references import EXAMPLES, shared
from ultrasam.server.library.facts import FileFacts
from ultrasam.server.library.open_images import read_file
from ultrasam.server.library.stamp import stamp_of

FILES = {
    "png": EXAMPLES / "nerve.png",
    "dicom": "dicom/pydicom-data/OBXXXX1A.dcm",
    "cine": "dicom/pydicom/test_files/examples_ybr_color.dcm",
    "nifti": "native/CAMUS/database_nifti/patient0001/patient0001_4CH_ED.nii.gz",
    "mha": "native/PSFHS/image_mha/03744.mha",
}


def facts_of(path):
    with read_file(path) as image:
        return FileFacts.of(image, stamp_of(path))


@pytest.mark.parametrize("kind", FILES)
def test_what_a_database_gives_back_is_what_it_got(kind):
    facts = facts_of(shared(FILES[kind]) if isinstance(FILES[kind], str) else FILES[kind])
    assert FileFacts.from_dict(json.loads(json.dumps(facts.to_dict()))) == facts


def test_facts_of_a_dicom_cine_are_those_of_its_header():
    path = shared(FILES["cine"])
    header = pydicom.dcmread(path)
    facts = facts_of(path)
    region = header.SequenceOfUltrasoundRegions[0]
    assert (facts.frames, facts.size_hw, facts.is_colour) == (30, (header.Rows, header.Columns), True)
    assert facts.frame_times_s[1] == pytest.approx(float(header.FrameTime) / 1000)
    assert facts.regions[0].spacing_mm == pytest.approx((region.PhysicalDeltaX * 10, region.PhysicalDeltaY * 10))
    assert facts.details["manufacturer"] == header.Manufacturer
    assert facts.stamp == stamp_of(path)
    assert str(header.PatientName) not in json.dumps(facts.to_dict())


@pytest.mark.parametrize(
    ("value", "warn", "words"),
    [
        pytest.param("YES", True, "says that text", id="yes"),
        pytest.param("NO", False, "says that no text", id="no"),
        pytest.param(None, True, "does not say", id="absent"),
        pytest.param("", True, "does not say", id="empty"),
        pytest.param("MAYBE", True, "does not say", id="odd"),
    ],
)
def test_burned_in_text_by_the_tag(tmp_path, value, warn, words):
    header = pydicom.dcmread(shared("dicom/pydicom-data/color-pl.dcm"))
    assert "BurnedInAnnotation" not in header
    if value is not None:
        header.add_new("BurnedInAnnotation", "CS", value)
    header.save_as(tmp_path / "x.dcm")
    burned_in = facts_of(tmp_path / "x.dcm").burned_in
    assert burned_in.warn is warn
    assert words in burned_in.reason


def test_a_real_file_that_says_no():
    path = shared("dicom/pydicom-data/JPGLosslessP14SV1_1s_1f_8b.dcm")
    assert pydicom.dcmread(path).BurnedInAnnotation == "NO"
    assert not facts_of(path).burned_in.warn


def test_a_png_says_nothing_and_none_is_claimed():
    burned_in = facts_of(EXAMPLES / "nerve.png").burned_in
    assert not burned_in.warn
    assert "do not say" in burned_in.reason


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda data: data.pop("frames"), id="field_missing"),
        pytest.param(lambda data: data.update(more=1), id="field_too_many"),
        pytest.param(lambda data: data.update(size_hw=[1]), id="other_shape"),
        pytest.param(lambda data: data.update(burned_in=True), id="other_type"),
    ],
)
def test_facts_of_another_version_are_asked_again(change):
    data = facts_of(EXAMPLES / "nerve.png").to_dict()
    change(data)
    assert FileFacts.from_dict(data) is None
