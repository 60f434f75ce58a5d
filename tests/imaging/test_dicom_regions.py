import logging

import numpy as np
import pytest

from tests.imaging.dicom_files import SHARED, image_dataset, item, region, shared_dicom, write
from ultrasam.imaging.dicom import read_dicom
from ultrasam.imaging.image import spacing_for

PIXELS = np.zeros((60, 80), np.uint8)


def regions_of(tmp_path, *items, pixels=PIXELS, **elements):
    dataset = image_dataset(pixels, **elements)
    if items:
        dataset.SequenceOfUltrasoundRegions = list(items)
    return read_dicom(write(tmp_path / "x.dcm", dataset)).regions


def test_box_is_exclusive_here_and_centimetres_are_millimetres(tmp_path):
    (tissue,) = regions_of(tmp_path, region((5, 10, 69, 49), delta=(0.01, 0.02)))
    assert tissue.box_xyxy == (5, 10, 70, 50)
    assert tissue.spacing_mm == pytest.approx((0.1, 0.2))
    assert tissue.kind == "tissue"
    assert tissue.spacing_source == "SequenceOfUltrasoundRegions"


@pytest.mark.parametrize(
    ("units", "delta", "spacing"),
    [
        ((3, 3), (-0.01, -0.02), (0.1, 0.2)),
        ((3, 3), (0, 0.02), None),
        ((3, 3), (float("inf"), 0.02), "left out"),
        ((4, 3), (0.01, 0.02), None),  # seconds
        ((3, 7), (0.01, 0.02), None),  # cm/s
        ((0, 0), (1, 1), None),
        ((None, 3), (0.01, 0.02), None),
    ],
)
def test_only_lengths_make_a_spacing(units, delta, spacing, tmp_path):
    found = regions_of(tmp_path, region((0, 0, 9, 9), units=units, delta=delta))
    if spacing == "left out":
        assert found == ()
        return
    assert found[0].spacing_mm == (None if spacing is None else pytest.approx(spacing))
    assert found[0].spacing_source == (None if spacing is None else "SequenceOfUltrasoundRegions")


@pytest.mark.parametrize(
    ("spatial_format", "data_type", "kind"),
    [
        (1, 1, "tissue"),
        (1, 2, "color flow"),
        (2, 1, "m-mode"),
        (3, 3, "spectral"),
        (4, 10, "graphics"),
        (5, 1, "graphics"),
        (0, 13, "graphics"),
        (0, 0, "unknown"),
        (None, None, "unknown"),
    ],
)
def test_kinds(spatial_format, data_type, kind, tmp_path):
    (found,) = regions_of(tmp_path, region((0, 0, 9, 9), kind=(spatial_format, data_type)))
    assert found.kind == kind


def test_several_regions_keep_their_order_and_measure_by_place(tmp_path):
    found = regions_of(
        tmp_path, region((0, 0, 39, 59)), region((40, 0, 79, 59), delta=(0.05, 0.05)), region((0, 40, 79, 59), (4, 7))
    )
    assert [r.box_xyxy for r in found] == [(0, 0, 40, 60), (40, 0, 80, 60), (0, 40, 80, 60)]
    mask = np.zeros((60, 80), bool)
    mask[5:20, 45:70] = True
    assert spacing_for(mask, found) == pytest.approx((0.5, 0.5))
    mask[:] = False
    mask[45:55, 5:75] = True
    assert spacing_for(mask, found) is None


def test_regions_are_clipped_and_those_outside_or_malformed_left_out_with_a_word_in_the_log(tmp_path, caplog):
    broken = region((0, 0, 9, 9))
    del broken.RegionLocationMaxY1
    with caplog.at_level(logging.WARNING, "ultrasam"):
        found = regions_of(
            tmp_path, broken, region((10, 10, 200, 59)), region((80, 0, 99, 20)), region((30, 30, 20, 40))
        )
    assert [r.box_xyxy for r in found] == [(10, 10, 80, 60)]
    assert [record.message for record in caplog.records] == [
        "x.dcm: ultrasound region 1 of 4 is left out: RegionLocationMaxY1 is missing or no finite number.",
        "x.dcm: ultrasound region 3 of 4 is left out: it lies outside the image.",
        "x.dcm: ultrasound region 4 of 4 is left out: it goes from (30, 30) to (20, 40).",
        "x.dcm: millimetres may be wrong: a region reaches beyond the image, which was cropped or resized later: "
        "check the spacing.",
    ]


@pytest.mark.parametrize(("last_column", "said"), [(79, False), (80, False), (81, True)])
def test_a_region_beyond_the_image_is_noted(last_column, said, tmp_path):
    dataset = image_dataset(PIXELS, SequenceOfUltrasoundRegions=[region((0, 0, last_column, 59))])
    image = read_dicom(write(tmp_path / "x.dcm", dataset))
    assert ("calibration" in image.source.details) == said


def test_pixel_spacing_has_rows_first_and_holds_for_the_whole_image(tmp_path):
    (whole,) = regions_of(tmp_path, PixelSpacing=[0.25, 0.5])
    assert whole.box_xyxy == (0, 0, 80, 60)
    assert whole.spacing_mm == (0.5, 0.25)
    assert whole.spacing_source == "PixelSpacing"


def test_pixel_spacing_of_an_enhanced_object(tmp_path):
    measures = item(PixelMeasuresSequence=[item(PixelSpacing=[0.25, 0.5])])
    (whole,) = regions_of(tmp_path, SharedFunctionalGroupsSequence=[measures])
    assert whole.spacing_mm == (0.5, 0.25)


def test_regions_without_lengths_are_not_replaced_by_pixel_spacing(tmp_path):
    (found,) = regions_of(tmp_path, region((0, 0, 9, 9), units=(0, 0)), PixelSpacing=[0.25, 0.5])
    assert found.spacing_mm is None


@pytest.mark.parametrize(
    "elements",
    [
        {},
        {"PixelSpacing": [0, 0.5]},
        {"PixelSpacing": [0.5, -1]},
        {"PixelSpacing": 0.5},
        {"ImagerPixelSpacing": [0.25, 0.5]},
        {"NominalScannedPixelSpacing": [0.25, 0.5]},
    ],
)
def test_without_lengths_in_the_patient_nothing_is_calibrated(elements, tmp_path):
    dataset = image_dataset(PIXELS, **elements)
    image = read_dicom(write(tmp_path / "x.dcm", dataset))
    assert image.regions == ()
    assert image.calibration == "not calibrated"


#: Millimetres per pixel by hand from INVENTORY.csv's files; the others have no calibration.
CALIBRATED = {
    "brachial/philips_000.dcm": 0.0820056,
    "brachial/philips_025.dcm": 0.0593897,
    "brachial/philips_050.dcm": 0.0593897,
    "brachial/philips_075.dcm": 0.0593897,
    "brachial/philips_100.dcm": 0.0820056,
    "brachial/philips_125.dcm": 0.0702905,
    "dcm4che/YBR_FULL-RLE.dcm": 0.0953679,
    "pydicom/test_files/examples_palette.dcm": 0.2622879,
    "pydicom/test_files/examples_ybr_color.dcm": 0.5104970,
    "pydicom-data/JPGLosslessP14SV1_1s_1f_8b.dcm": 0.2547670,
    "pydicom-data/gdcm-US-ALOKA-16.dcm": 0.3826531,
    "pydicom-data/gdcm-US-ALOKA-16_big.dcm": 0.3826531,
    **{name: 0.2622879 for name in SHARED if "OBXXXX1A" in name},
}


@pytest.mark.parametrize("name", SHARED)
def test_shared_files(name):
    image = read_dicom(shared_dicom(name))
    height, width = image.size_hw
    for found in image.regions:
        x0, y0, x1, y1 = found.box_xyxy
        assert 0 <= x0 < x1 <= width
        assert 0 <= y0 < y1 <= height
    if name in CALIBRATED:
        assert image.spacing_mm == pytest.approx((CALIBRATED[name],) * 2, rel=1e-5)
        assert "SequenceOfUltrasoundRegions" in image.calibration
    else:
        assert image.calibration == "not calibrated"


def test_kinds_of_shared_files():
    kinds = [r.kind for r in read_dicom(shared_dicom("pydicom-data/OBXXXX1A.dcm")).regions]
    assert kinds == ["tissue", "graphics"]
    kinds = [r.kind for r in read_dicom(shared_dicom("pydicom-data/gdcm-US-ALOKA-16.dcm")).regions]
    assert kinds == ["tissue", "tissue", "graphics"]
