"""Decoded colours against DCMTK, and against uncompressed twins where DCMTK cannot decode."""

import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate, encapsulate_extended, generate_frames
from pydicom.uid import JPEG2000Lossless, JPEGExtended12Bit, JPEGLosslessSV1

from tests.imaging.dicom_files import (
    SHARED,
    UNDECODABLE,
    dcmtk_convert,
    dcmtk_pixels,
    image_dataset,
    shared_dicom,
    write,
)
from ultrasam.errors import ImageError
from ultrasam.imaging.dicom import read_dicom
from ultrasam.imaging.dicom_codestream import jpeg_names_colours

#: DCMTK 3.6.7 knows neither JPEG 2000 nor segmented palettes.
WITHOUT_DCMTK = ("jpeg2k", "J2K", "ALOKA")
RGB_FILE = "pydicom-data/US1_UNCI.dcm"
ADOBE = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00"


def pixels(path, frame=0):
    return read_dicom(path).frame(frame).pixels


def differ(first, second):
    """The largest difference of two pictures."""
    assert first.shape == second.shape
    return np.abs(first.astype(int) - second).max()


@pytest.mark.parametrize("name", [name for name in SHARED if not any(part in name for part in WITHOUT_DCMTK)])
def test_shared_files_look_as_in_dcmtk(name, tmp_path):
    path = shared_dicom(name)
    image = read_dicom(path)
    known = dcmtk_convert("dcmdjpls", path, tmp_path / "plain.dcm") if "jpeg-ls" in name else path
    # The colours of YBR_FULL are rounded otherwise; a grey window is rounded down there.
    tolerance = {"dcm4che/YBR_FULL-RLE.dcm": 2, "pydicom-data/JPGLosslessP14SV1_1s_1f_8b.dcm": 1}.get(name, 0)
    window = ["+Wi", "1"] if "grey values" in image.source.details else []
    for frame in {0, len(image) // 2, len(image) - 1}:
        decoded = image.frame(frame).pixels
        assert decoded.dtype == np.uint8
        assert decoded.shape == image.shape[1:]
        assert differ(decoded, dcmtk_pixels(known, tmp_path, *window, frame=frame)) <= tolerance


@pytest.mark.parametrize(("compressed", "plain"), [("US1_J2KI", "US1_UNCI"), ("US1_J2KR", "US1_UNCR")])
def test_jpeg_2000_equals_its_uncompressed_twin(compressed, plain):
    twin = shared_dicom(f"pydicom-data/{plain}.dcm")
    assert differ(pixels(shared_dicom(f"pydicom-data/{compressed}.dcm")), pixels(twin)) == 0


def test_segmented_palette_equals_pydicom_and_its_big_endian_twin():
    path = shared_dicom("pydicom-data/gdcm-US-ALOKA-16.dcm")
    dataset = pydicom.dcmread(path)
    expected = pydicom.pixels.apply_color_lut(dataset.pixel_array, dataset) >> 8
    assert differ(pixels(path), expected) == 0
    assert differ(pixels(shared_dicom("pydicom-data/gdcm-US-ALOKA-16_big.dcm")), expected) == 0
    assert not (expected == expected[..., :1]).all(), "an all-grey picture could not show a mix-up of colours"


def test_frames_are_different_and_in_order():
    image = read_dicom(shared_dicom("pydicom/test_files/examples_ybr_color.dcm"))
    reference = pydicom.dcmread(shared_dicom("pydicom/test_files/examples_ybr_color.dcm")).pixel_array
    assert len(image) == len(reference) == 30
    for index in (29, 0, 13):
        # Two decoders of the same JPEG data.
        assert differ(image.frame(index).pixels, reference[index]) <= 2
    assert differ(image.frame(0).pixels, image.frame(13).pixels) > 50


@pytest.mark.parametrize(
    ("program", "options", "tolerance"),
    [
        ("dcmcjpeg", ["+eb"], 0),
        ("dcmcjpeg", ["+eb", "+cr"], 0),
        ("dcmcjpeg", ["+eb", "+s4"], 0),
        ("dcmcjpeg", ["+ee"], 0),
        *(("dcmcjpeg", ["+el", "+sv", str(predictor)], 0) for predictor in range(1, 8)),
        ("dcmcjpeg", ["+e1"], 0),
        ("dcmcrle", [], 0),
        ("dcmcjpls", [], 0),
        ("dcmcjpls", ["+en"], 0),
        ("dcmconv", ["+ti"], 0),
        ("dcmconv", ["+tb"], 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_every_compression_of_dcmtk(program, options, tolerance, tmp_path):
    encoded = dcmtk_convert(program, shared_dicom(RGB_FILE), tmp_path / "encoded.dcm", *options)
    plain = dcmtk_convert("dcmdjpls", encoded, tmp_path / "plain.dcm") if program == "dcmcjpls" else encoded
    assert differ(pixels(encoded), dcmtk_pixels(plain, tmp_path)) <= tolerance


@pytest.mark.parametrize("options", [["+fs", "2"], ["+fs", "2", "-ot"], ["-ot"]], ids=" ".join)
def test_frames_in_several_fragments_with_and_without_offset_table(options, tmp_path):
    plain = dcmtk_convert("dcmdjpeg", shared_dicom("pydicom/test_files/examples_ybr_color.dcm"), tmp_path / "plain.dcm")
    encoded = dcmtk_convert("dcmcjpeg", plain, tmp_path / "encoded.dcm", "+e1", *options)
    for frame in (0, 17, 29):
        assert differ(pixels(encoded, frame), pixels(plain, frame)) == 0


def test_a_wrong_offset_table_does_no_harm_where_each_frame_is_one_fragment(tmp_path):
    dataset = pydicom.dcmread(shared_dicom("dcm4che/US-PAL-8-10x-echo"))
    expected = pixels(shared_dicom("dcm4che/US-PAL-8-10x-echo"), 7)
    frames = list(generate_frames(dataset.PixelData, number_of_frames=10))
    table = b"\xfe\xff\x00\xe0" + (40).to_bytes(4, "little") + bytes(range(0, 40))
    dataset.PixelData = table + encapsulate(frames, has_bot=False)[8:]
    assert differ(pixels(write(tmp_path / "x.dcm", dataset), 7), expected) == 0


def test_frames_by_the_extended_offset_table(tmp_path):
    # One fragment too many, so that their number does not tell where frames begin.
    dataset = pydicom.dcmread(shared_dicom("dcm4che/jpeg-ls-Palette.dcm"))
    frames = list(generate_frames(dataset.PixelData, number_of_frames=10))
    dataset.PixelData, offsets, lengths = encapsulate_extended(frames)
    dataset.PixelData += encapsulate([b"filler"], has_bot=False)[8:]
    dataset.ExtendedOffsetTable, dataset.ExtendedOffsetTableLengths = offsets, lengths
    path = write(tmp_path / "x.dcm", dataset)
    assert differ(pixels(path, 7), pixels(shared_dicom("dcm4che/jpeg-ls-Palette.dcm"), 7)) == 0


def without_application_markers(jpeg):
    kept, position = jpeg[:2], 2
    while jpeg[position + 1] != 0xDA:
        end = position + 2 + int.from_bytes(jpeg[position + 2 : position + 4], "big")
        if not 0xE0 <= jpeg[position + 1] <= 0xEF:
            kept += jpeg[position:end]
        position = end
    return kept + jpeg[position:]


@pytest.mark.parametrize(
    ("colours", "marker"),
    [([], ADOBE + b"\x01"), ([], b""), (["+cr"], ADOBE + b"\x00"), (["+cr"], b"")],
    ids=["YCbCr, Adobe", "YCbCr, no marker", "RGB, Adobe", "RGB, no marker"],
)
def test_colours_of_jpeg_frames_with_and_without_markers(colours, marker, tmp_path):
    encoded = dcmtk_convert("dcmcjpeg", shared_dicom(RGB_FILE), tmp_path / "encoded.dcm", "+eb", *colours)
    expected = pixels(encoded)
    dataset = pydicom.dcmread(encoded)
    jpeg = without_application_markers(next(generate_frames(dataset.PixelData, number_of_frames=1)))
    dataset.PixelData = encapsulate([jpeg[:2] + marker + jpeg[2:]])
    assert differ(pixels(write(tmp_path / "x.dcm", dataset)), expected) == 0


@pytest.mark.parametrize("markers", [b"", ADOBE + b"\x00", ADOBE + b"\x01"], ids=["none", "RGB", "YCbCr"])
@pytest.mark.parametrize("name", [RGB_FILE, "dcm4che/YBR_FULL-RLE.dcm"])
def test_lossless_jpeg_has_the_colours_of_the_header(name, markers, tmp_path):
    plain = tmp_path / "plain.dcm"
    if name == RGB_FILE:
        write(plain, pydicom.dcmread(shared_dicom(name)))
    else:
        dcmtk_convert("dcmdrle", shared_dicom(name), plain)
    encoded = dcmtk_convert("dcmcjpeg", plain, tmp_path / "encoded.dcm", "+e1", "+tl")
    dataset = pydicom.dcmread(encoded)
    jpeg = next(generate_frames(dataset.PixelData, number_of_frames=1))
    dataset.PixelData = encapsulate([jpeg[:2] + markers + jpeg[2:]])
    assert differ(pixels(write(encoded, dataset)), pixels(plain)) == 0


def test_an_old_libjpeg_says_what_to_install(monkeypatch):
    monkeypatch.setattr("PIL.features.version_feature", lambda name: "2.1.5")
    with pytest.raises(ImageError, match=r"libjpeg-turbo 3 or later .* but got 2\.1\.5: install Pillow"):
        read_dicom(shared_dicom("pydicom-data/JPGLosslessP14SV1_1s_1f_8b.dcm"))


def test_a_jpeg_without_names_for_its_colours_has_those_of_the_header(tmp_path):
    encoded = dcmtk_convert("dcmcjpeg", shared_dicom(RGB_FILE), tmp_path / "encoded.dcm", "+eb", "+cr")
    expected = pixels(encoded)
    dataset = pydicom.dcmread(encoded)
    jpeg = without_application_markers(next(generate_frames(dataset.PixelData, number_of_frames=1)))
    for name, number in ((b"R", b"\x01"), (b"G", b"\x02"), (b"B", b"\x03")):
        for factor in (b"\x11\x00", b"\x11\x01"):
            jpeg = jpeg.replace(name + factor, number + factor)
    start = jpeg.index(b"\xff\xda")
    jpeg = jpeg[:start] + jpeg[start : start + 14].translate(bytes.maketrans(b"RGB", b"\1\2\3")) + jpeg[start + 14 :]
    assert not jpeg_names_colours(jpeg)
    dataset.PixelData = encapsulate([jpeg])
    assert differ(pixels(write(tmp_path / "x.dcm", dataset)), expected) == 0


@pytest.mark.parametrize("photometric", ["YBR_RCT", "YBR_FULL", "YBR_FULL_422", "RGB"])
def test_transformed_jpeg_2000_is_rgb_whatever_the_header_says(photometric, tmp_path):
    dataset = pydicom.dcmread(shared_dicom("pydicom-data/US1_J2KR.dcm"))
    dataset.PhotometricInterpretation = photometric
    path = write(tmp_path / "x.dcm", dataset)
    assert differ(pixels(path), pixels(shared_dicom("pydicom-data/US1_UNCR.dcm"))) == 0


def test_uncompressed_422_and_planes(tmp_path):
    rng = np.random.default_rng(0)
    rgb = rng.integers(0, 256, (6, 8, 3), np.uint8)
    planes = image_dataset(np.moveaxis(rgb, -1, 0), PhotometricInterpretation="MONOCHROME2")
    planes.NumberOfFrames, planes.PhotometricInterpretation = 1, "RGB"
    planes.SamplesPerPixel, planes.PlanarConfiguration = 3, 1
    assert differ(pixels(write(tmp_path / "planes.dcm", planes)), rgb) == 0

    subsampled = image_dataset(rgb, PhotometricInterpretation="YBR_FULL_422")
    luma, chroma = rng.integers(0, 256, (6, 4, 2), np.uint8), rng.integers(0, 256, (6, 4, 2), np.uint8)
    subsampled.PixelData = np.concatenate([luma, chroma], -1).tobytes()
    path = write(tmp_path / "422.dcm", subsampled)
    assert differ(pixels(path), dcmtk_pixels(path, tmp_path)) <= 2


def test_deep_colour_keeps_its_high_bits(tmp_path):
    rgb = np.random.default_rng(0).integers(0, 1 << 12, (2, 6, 8, 3)).astype("<u2")
    path = write(tmp_path / "x.dcm", image_dataset(rgb, PhotometricInterpretation="RGB", BitsStored=12))
    assert differ(pixels(path, 1), rgb[1] >> 4) == 0


@pytest.mark.parametrize(
    ("name", "says"),
    [(UNDECODABLE, r"JPEG XL JPEG Recompression \(1\.2\.840\.10008\.1\.2\.4\.111\): export or convert it")],
)
def test_what_cannot_be_decoded_says_so_at_once(name, says):
    with pytest.raises(ImageError, match=says):
        read_dicom(shared_dicom(name))


@pytest.mark.parametrize(
    ("elements", "says"),
    [
        ({"PhotometricInterpretation": "CMYK"}, "interpretation CMYK"),
        ({"PhotometricInterpretation": None}, r"\(none\)"),
        ({"SamplesPerPixel": 4}, "1 samples per pixel for MONOCHROME2, but x.dcm has 4"),
        ({"BitsAllocated": 32, "BitsStored": 32}, "32 bits"),
        ({"BitsStored": 9}, "9 bits in 8"),
        (
            {"PhotometricInterpretation": "YBR_RCT", "SamplesPerPixel": 3, "BitsAllocated": 16},
            "YBR_RCT pixels of 8 bits",
        ),
    ],
)
def test_pixels_that_make_no_sense(elements, says, tmp_path):
    path = write(tmp_path / "x.dcm", image_dataset(np.zeros((4, 6), np.uint8), **elements))
    with pytest.raises(ImageError, match=says):
        read_dicom(path)


@pytest.mark.parametrize("syntax", [JPEGExtended12Bit, JPEGLosslessSV1])
def test_twelve_bit_jpeg_says_so(syntax, tmp_path):
    dataset = image_dataset(np.zeros((4, 6), "<u2"), BitsStored=12)
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = encapsulate([b"\xff\xd8\xff\xd9"])
    with pytest.raises(ImageError, match=r"JPEG of 8 bits, but x.dcm has 12"):
        read_dicom(write(tmp_path / "x.dcm", dataset))


@pytest.mark.parametrize("name", ["US1_J2KR", "JPGLosslessP14SV1_1s_1f_8b", "OBXXXX1A_rle"])
def test_a_frame_that_is_not_as_large_as_the_header_claims(name, tmp_path):
    dataset = pydicom.dcmread(shared_dicom(f"pydicom-data/{name}.dcm"))
    dataset.Rows = dataset.Columns = 11_000
    image = read_dicom(write(tmp_path / "x.dcm", dataset))
    with pytest.raises(ImageError, match=r"11000 x 11000|too short"):
        image.frame(0)


def test_a_frame_that_is_no_image(tmp_path):
    dataset = image_dataset(np.zeros((4, 6), np.uint8))
    dataset.file_meta.TransferSyntaxUID = JPEG2000Lossless
    dataset.PixelData = encapsulate([b"no image at all"])
    with pytest.raises(ImageError, match=r"but one of x.dcm is none"):
        pixels(write(tmp_path / "x.dcm", dataset))
