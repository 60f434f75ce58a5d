import logging
import struct
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.uid import CTImageStorage, DeflatedExplicitVRLittleEndian, RLELossless

from tests.imaging.dicom_files import (
    SHARED,
    UNDECODABLE,
    dcmtk_convert,
    image_dataset,
    region,
    shared_dicom,
    write,
)
from ultrasam.errors import ImageError
from ultrasam.imaging.dicom import is_dicom, read_dicom

FRAMES = np.random.default_rng(0).integers(0, 256, (4, 6, 8), np.uint8)


def read_dataset(tmp_path, pixels=FRAMES, **elements):
    return read_dicom(write(tmp_path / "x.dcm", image_dataset(pixels, **elements)))


@pytest.mark.parametrize("name", [*SHARED, UNDECODABLE])
def test_shared_files_are_recognised(name):
    assert is_dicom(shared_dicom(name))


@pytest.mark.parametrize("encoding", ["+ti", "+te", "+tb"])
def test_files_without_preamble_or_name_are_recognised_and_read(encoding, tmp_path):
    path = shared_dicom("pydicom-data/OBXXXX1A_2frame.dcm")
    bare = dcmtk_convert("dcmconv", path, tmp_path / "no name at all", "-F", encoding)
    assert is_dicom(bare)
    image, expected = read_dicom(bare), read_dicom(path)
    assert np.array_equal(image.frame(1).pixels, expected.frame(1).pixels)
    assert image.regions == expected.regions


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x08\x00",
        b"text, and more text " * 40,
        b"\x08\x00\x05\x00CS\x0a\x00 but then it goes on as something else" * 9,
        b"\x08\x00\x10\x00\xff\xff\xff\x7f" + bytes(300),
        b"\x00\x08" * 300,
        b"\x02\x00" * 300,
        bytes(500),
        struct.pack("<i", 348) + bytes(340) + b"n+1\0",
        b"II*\0\x08\x00\x00\x00" + bytes(300),
    ],
)
def test_other_files_are_not_claimed(content, tmp_path):
    path = tmp_path / "x.dcm"
    path.write_bytes(content)
    assert not is_dicom(path)


def test_a_png_a_folder_and_nothing_are_not_claimed(tmp_path):
    Image.fromarray(FRAMES[0]).save(tmp_path / "x.png")
    assert not is_dicom(tmp_path / "x.png")
    assert not is_dicom(tmp_path)
    assert not is_dicom(tmp_path / "absent")


def test_grey_frames(tmp_path):
    image = read_dataset(tmp_path)
    assert image.shape == (4, 6, 8)
    assert [np.array_equal(frame.pixels, FRAMES[i]) for i, frame in enumerate(image)] == [True] * 4


@pytest.mark.parametrize("encoding", ["+te", "+tb"])
def test_frames_of_an_odd_number_of_bytes(encoding, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (4, 5, 7), np.uint8)
    path = write(tmp_path / "x.dcm", image_dataset(pixels))
    image = read_dicom(dcmtk_convert("dcmconv", path, tmp_path / "y.dcm", encoding))
    for index in (3, 0, 1, 2):
        assert np.array_equal(image.frame(index).pixels, pixels[index])


BOTH = {"FrameTime": 50, "FrameTimeVector": [0, 10, 30, 20]}
EVEN, UNEVEN = (0, 0.05, 0.1, 0.15), (0, 0.01, 0.04, 0.06)


@pytest.mark.parametrize(
    ("elements", "times"),
    [
        ({"FrameTime": 50}, EVEN),
        ({"FrameTimeVector": [0, 10, 30, 20]}, UNEVEN),
        ({**BOTH, "FrameIncrementPointer": 0x00181063}, EVEN),
        ({**BOTH, "FrameIncrementPointer": 0x00181065}, UNEVEN),
        ({"FrameTimeVector": [0, 10, 30], "CineRate": 20}, EVEN),
        ({"FrameTime": 0, "CineRate": 20}, EVEN),
        ({"RecommendedDisplayFrameRate": 20}, EVEN),
        ({"FrameTime": -5, "CineRate": 0}, None),
        ({}, None),
    ],
)
def test_frame_times(elements, times, tmp_path):
    found = read_dataset(tmp_path, **elements).frame_times_s
    assert found == (None if times is None else pytest.approx(times))


def test_a_single_frame_has_no_times(tmp_path):
    assert read_dataset(tmp_path, FRAMES[0], FrameTime=50).frame_times_s is None


def test_frame_times_of_a_shared_cine():
    image = read_dicom(shared_dicom("pydicom/test_files/examples_ybr_color.dcm"))
    assert image.frame(29).time_s == pytest.approx(29 * 0.033333)


def test_details_are_technical_facts(tmp_path):
    image = read_dicom(shared_dicom("pydicom-data/OBXXXX1A_rle.dcm"))
    assert image.source.name == "OBXXXX1A_rle.dcm"
    assert image.source.format == "DICOM"
    assert image.source.details == {
        "modality": "US",
        "SOP class": "Ultrasound Image Storage",
        "transfer syntax": "RLE Lossless",
        "photometric interpretation": "PALETTE COLOR",
        "bits": "8 of 8",
        "frames": "1",
        "manufacturer": "Philips Medical Systems",
        "model": "CX50",
        "burned-in annotation": "not stated",
    }


def test_details_that_few_files_have(tmp_path):
    details = read_dataset(
        tmp_path, PixelAspectRatio=[4, 3], PixelSpacing=[1, 1], PixelSpacingCalibrationType="FIDUCIAL"
    ).source.details
    assert details["pixel aspect ratio"] == "4 : 3"
    assert details["pixel spacing calibration"] == "FIDUCIAL"


def test_another_modality_is_read_and_said(tmp_path):
    image = read_dataset(tmp_path, Modality="CT", SOPClassUID=CTImageStorage, BurnedInAnnotation="YES")
    assert image.source.details["modality"] == "CT (not ultrasound)"
    assert image.source.details["SOP class"] == "CT Image Storage"
    assert image.source.details["burned-in annotation"] == "yes"
    assert read_dataset(tmp_path, Modality=None).source.details["modality"] == "unknown (not ultrasound)"


#: Elements whose values tell who the patient is, or when and where the study was made.
IDENTITY = [
    *("PatientName", "PatientID", "PatientBirthDate", "PatientAddress", "OtherPatientIDs", "AccessionNumber"),
    *("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate", "StudyTime", "ContentTime", "StudyDescription"),
    *("InstitutionName", "InstitutionAddress", "StationName", "DeviceSerialNumber", "StudyID"),
    *("ReferringPhysicianName", "PerformingPhysicianName", "OperatorsName", "PatientComments", "ImageComments"),
    *("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID"),
]


@pytest.mark.parametrize("name", [*SHARED, UNDECODABLE])
@pytest.mark.parametrize("damaged", [False, True], ids=["whole", "cut off"])
def test_no_patient_data_in_results_logs_and_errors(name, damaged, tmp_path, caplog, capfd):
    path = shared_dicom(name)
    header = pydicom.dcmread(path, stop_before_pixels=True)
    secrets = {str(header.get(keyword, "")).strip("^ ") for keyword in IDENTITY}
    if damaged:
        content = path.read_bytes()
        path = tmp_path / path.name
        path.write_bytes(content[: len(content) * 2 // 3])
    said = []
    with caplog.at_level(logging.DEBUG):
        try:
            image = read_dicom(path)
            said += [
                repr(image),
                repr(image.source),
                repr(image.regions),
                repr(image.frame(0)),
                repr(vars(image.frames)),
            ]
        except ImageError as error:
            cause: BaseException | None = error
            while cause is not None:
                said.append(str(cause))
                cause = cause.__cause__
    said += [caplog.text, *capfd.readouterr()]
    for secret in secrets:
        # One and two letters or digits ("F", "00") occur anywhere.
        assert len(secret) < 3 or not any(secret in text for text in said)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"PixelData": None}, r"x\.dcm has no pixel data"),
        ({"Rows": None}, r"whole number for Rows in x\.dcm, but it is missing"),
        ({"BitsAllocated": None}, r"whole number for BitsAllocated in x\.dcm"),
        ({"Rows": 0}, "at least one pixel"),
        ({"NumberOfFrames": 0}, r"at least one frame, but the header of x\.dcm claims 0"),
        ({"NumberOfFrames": -3}, "at least one frame"),
        ({"NumberOfFrames": 5}, r"Expected 240 bytes of pixels in x\.dcm \(5 frames .* but got 192"),
        ({"NumberOfFrames": 2_000_000_000}, "but got 192"),
        ({"Rows": 65_535, "Columns": 2_000}, "but got 192"),
        ({"Rows": 65_535, "Columns": 65_535}, "65,535"),
    ],
)
def test_headers_that_claim_nonsense(change, says, tmp_path):
    dataset = image_dataset(FRAMES, **{name: value for name, value in change.items() if value is not None})
    for name, value in change.items():
        if value is None:
            delattr(dataset, name)
    with pytest.raises(ImageError, match=says):
        read_dicom(write(tmp_path / "x.dcm", dataset))


@pytest.mark.parametrize("syntax", [None, RLELossless])
def test_a_claim_of_100_000_by_100_000_is_refused_before_anything_is_allocated(syntax, tmp_path):
    dataset = image_dataset(FRAMES)
    # More than the standard's 16 bits hold.
    for name in ("Rows", "Columns"):
        delattr(dataset, name)
        dataset.add_new(name, "UL", 100_000)
    if syntax:
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.PixelData = pydicom.encaps.encapsulate([bytes(200)] * 4)
        dataset["PixelData"].is_undefined_length = True
    path = write(tmp_path / "x.dcm", dataset)
    tracemalloc.start()
    with pytest.raises(ImageError, match="100,000 x 100,000"):
        read_dicom(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10e6


def test_float_pixels_are_refused(tmp_path):
    dataset = image_dataset(FRAMES)
    del dataset.PixelData
    dataset.FloatPixelData = np.zeros((4, 6, 8), np.float32).tobytes()
    with pytest.raises(ImageError, match="floating-point pixels"):
        read_dicom(write(tmp_path / "x.dcm", dataset))


def test_a_deflated_file_says_what_to_do(tmp_path):
    dataset = image_dataset(FRAMES)
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    with pytest.raises(ImageError, match="convert it to Explicit VR Little Endian first"):
        read_dicom(write(tmp_path / "x.dcm", dataset))


@pytest.mark.parametrize("kind", ["empty", "text", "folder", "absent", "no image"])
def test_what_is_no_dicom_image(kind, tmp_path):
    path = tmp_path / "x.dcm"
    if kind == "folder":
        path.mkdir()
    elif kind == "no image":
        dataset = image_dataset(FRAMES)
        for element in [element for element in dataset if element.tag.group in (0x28, 0x7FE0)]:
            del dataset[element.tag]
        write(path, dataset)
    elif kind != "absent":
        path.write_bytes(b"not a data set " * 50 if kind == "text" else b"")
    with pytest.raises(ImageError, match=r"x\.dcm"):
        read_dicom(path)


def test_fewer_compressed_frames_than_claimed(tmp_path):
    dataset = pydicom.dcmread(shared_dicom("dcm4che/US-PAL-8-10x-echo"))
    dataset.NumberOfFrames = 11
    with pytest.raises(ImageError, match=r"Expected 11 compressed frames in x\.dcm, but got 10"):
        read_dicom(write(tmp_path / "x.dcm", dataset))


def test_colour_that_is_not_subsampled_as_its_header_says(tmp_path):
    rgb = np.zeros((6, 8, 3), np.uint8)
    dataset = image_dataset(rgb, PhotometricInterpretation="YBR_FULL_422")
    with pytest.raises(ImageError, match=r"Expected 96 bytes of YBR_FULL_422 pixels in x\.dcm, but got 144"):
        read_dicom(write(tmp_path / "x.dcm", dataset))


@pytest.mark.parametrize("name", ["OBXXXX1A_2frame", "OBXXXX1A_rle_2frame", "US1_J2KI", "OBXXXX1A_expb"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.99])
def test_truncated_files_are_refused_at_once(name, share, tmp_path):
    content = shared_dicom(f"pydicom-data/{name}.dcm").read_bytes()
    path = tmp_path / "x.dcm"
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ImageError, match=r"x\.dcm"):
        read_dicom(path)


def test_a_file_that_is_gone_when_a_frame_is_asked_for(tmp_path):
    image = read_dataset(tmp_path)
    (tmp_path / "x.dcm").unlink()
    with pytest.raises(ImageError, match=r"frame 1 of x\.dcm"):
        image.frame(1)


def test_a_long_cine_is_not_read_whole(tmp_path):
    frames, size = 4_000, 1_000
    dataset = image_dataset(np.zeros((1, 2, 2), np.uint8))
    dataset.Rows = dataset.Columns = size
    dataset.NumberOfFrames = frames
    path = write(tmp_path / "x.dcm", dataset)
    content = path.read_bytes()
    length = content.rindex(struct.pack("<L", 4))
    with path.open("r+b") as file:
        # A sparse file of 4 GB, but for its last row.
        file.seek(length)
        file.write(struct.pack("<L", frames * size * size))
        file.truncate(length + 4 + frames * size * size)
        file.seek(-size, 2)
        file.write(b"\xc8" * size)
    tracemalloc.start()
    image = read_dicom(path)
    last = image.frame(-1).pixels
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert image.shape == (frames, size, size)
    assert last[-1].tolist() == [200] * size
    assert not last[:-1].any()
    assert peak < 30e6


def test_malformed_elements_that_do_not_matter_are_left_out(tmp_path, caplog):
    dataset = image_dataset(FRAMES, FrameTime="50.5", SequenceOfUltrasoundRegions=[region((0, 0, 7, 5))])
    path = write(tmp_path / "x.dcm", dataset)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"DS\x04\x0050.5", b"U?\x04\x0050.5"))
    with caplog.at_level(logging.WARNING, "ultrasam"):
        image = read_dicom(path)
    assert image.frame_times_s is None
    assert image.spacing_mm is not None
    assert [record.message for record in caplog.records] == [
        "The DICOM element (0018,1063) is malformed and not used (NotImplementedError)."
    ]


def test_threads_get_the_frames_that_they_ask_for():
    image = read_dicom(shared_dicom("dcm4che/US-PAL-8-10x-echo"))
    expected = [frame.pixels for frame in image]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda index: image.frames.read(index % 10), range(40)))
    assert all(np.array_equal(pixels, expected[index % 10]) for index, pixels in enumerate(found))
