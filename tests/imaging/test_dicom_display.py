"""Grey values and palettes against DCMTK, which rounds down where this package rounds."""

import numpy as np
import pytest
from pydicom import Dataset

from tests.imaging.dicom_files import dcmtk_convert, dcmtk_pixels, image_dataset, lookup_table, write
from ultrasam.errors import ImageError
from ultrasam.imaging.dicom import read_dicom

RAMP = np.linspace(0, 1, 60 * 80).reshape(60, 80)
BYTES = (RAMP * 255).astype(np.uint8)
TWELVE_BITS = (RAMP * 4095).astype("<u2")
SIGNED = (RAMP * 4000 - 2000).astype("<i2")
WINDOW = {"WindowCenter": 1500, "WindowWidth": 1000}


def shown(path):
    image = read_dicom(path)
    return image.frame(0).pixels, image.source.details.get("grey values")


@pytest.mark.parametrize(
    ("pixels", "elements", "options", "says"),
    [
        (BYTES, {}, [], "full range"),
        (BYTES // 2, {"BitsStored": 7}, [], "full range"),
        (BYTES, {"PhotometricInterpretation": "MONOCHROME1"}, [], "full range, inverted"),
        (BYTES, {"PresentationLUTShape": "INVERSE"}, [], "full range, inverted"),
        (BYTES, {"WindowCenter": 100, "WindowWidth": 1}, ["+Wi", "1"], "window of the file, center 100, width 1"),
        (TWELVE_BITS, {"BitsStored": 12, **WINDOW}, ["+Wi", "1"], "window of the file, center 1500, width 1000"),
        (
            TWELVE_BITS,
            {"BitsStored": 12, **WINDOW, "PhotometricInterpretation": "MONOCHROME1"},
            ["+Wi", "1"],
            "window of the file, center 1500, width 1000, inverted",
        ),
        (SIGNED, {"WindowCenter": [100, 0], "WindowWidth": [999, 1]}, ["+Wi", "1"], None),
        (TWELVE_BITS, {"BitsStored": 12, **WINDOW, "RescaleSlope": 0.5, "RescaleIntercept": 900}, ["+Wi", "1"], None),
        (TWELVE_BITS, {"BitsStored": 12, **WINDOW, "VOILUTFunction": "LINEAR_EXACT"}, ["+Wi", "1"], None),
        (TWELVE_BITS, {"BitsStored": 12, **WINDOW, "VOILUTFunction": "SIGMOID"}, ["+Wi", "1"], None),
        ((RAMP * 65535).astype("<u2"), {}, [], "scaled by the range of all frames"),
    ],
)
def test_grey_values_as_in_dcmtk(pixels, elements, options, says, tmp_path):
    path = write(tmp_path / "x.dcm", image_dataset(pixels, **elements))
    grey, description = shown(path)
    assert np.abs(grey.astype(int) - dcmtk_pixels(path, tmp_path, *options)).max() <= 1
    assert len(np.unique(grey)) > (1 if elements.get("WindowWidth") == 1 else 100)
    assert says in (None, description)


@pytest.mark.parametrize("encoding", ["+te", "+ti", "+tb"])
@pytest.mark.parametrize(
    ("sequence", "table", "options"),
    [
        ("VOILUTSequence", (2000, 500, 12, 4095 - np.arange(2000) * 2), ["+Wl", "1"]),
        ("VOILUTSequence", (2000, 500, 8, np.arange(2000) * 255 // 1999), ["+Wl", "1"]),
        ("ModalityLUTSequence", (4096, 0, 16, np.arange(4096) ** 2 // 400), ["+Wi", "1"]),
    ],
    ids=["values of interest, 12 bits", "values of interest, 8 bits", "modality"],
)
def test_lookup_tables_as_in_dcmtk(sequence, table, options, encoding, tmp_path):
    window = {"WindowCenter": 9000, "WindowWidth": 20000} if sequence == "ModalityLUTSequence" else {}
    dataset = image_dataset(TWELVE_BITS, BitsStored=12, **{sequence: lookup_table(*table)}, **window)
    path = dcmtk_convert("dcmconv", write(tmp_path / "x.dcm", dataset), tmp_path / "y.dcm", encoding)
    grey, description = shown(path)
    assert np.abs(grey.astype(int) - dcmtk_pixels(path, tmp_path, *options)).max() <= 1
    assert "lookup table" in description


def test_deep_grey_without_window_has_one_scale_for_all_frames(tmp_path):
    # A black first frame, as at the start of a cine, says nothing about the others: 3000 needs 12 bits.
    values = (0, 350, 3000)
    frames = np.stack([np.full((4, 6), value) for value in values]).astype("<u2")
    image = read_dicom(write(tmp_path / "x.dcm", image_dataset(frames)))
    assert [int(frame.pixels[0, 0]) for frame in image] == [round(value / 4095 * 255) for value in values]
    # The scale does not hang on which frame is asked for first.
    again = read_dicom(tmp_path / "x.dcm")
    assert again.frame(1).pixels[0, 0] == image.frame(1).pixels[0, 0]


def test_unused_bits_are_ignored(tmp_path):
    marked = TWELVE_BITS | 0xF000
    plain = write(tmp_path / "plain.dcm", image_dataset(TWELVE_BITS, BitsStored=12, **WINDOW))
    path = write(tmp_path / "x.dcm", image_dataset(marked, BitsStored=12, **WINDOW))
    assert np.array_equal(shown(path)[0], shown(plain)[0])


@pytest.mark.parametrize(
    "elements",
    [
        {"WindowCenter": 100, "WindowWidth": 0},
        {"WindowCenter": 100, "WindowWidth": 0.5},
        {"WindowCenter": 100},
        {"RescaleSlope": 0, "RescaleIntercept": 5},
    ],
)
def test_a_window_or_slope_that_cannot_be_used_is_not(elements, tmp_path):
    grey, description = shown(write(tmp_path / "x.dcm", image_dataset(BYTES, **elements)))
    assert np.array_equal(grey, BYTES)
    assert description == "full range"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "elements", [{"RescaleSlope": "1e300", "RescaleIntercept": "1e308"}, {"WindowCenter": "1e308"}]
)
def test_absurd_numbers_give_no_warnings(elements, tmp_path):
    dataset = image_dataset(
        BYTES, **{"WindowCenter": "5", "WindowWidth": "1e-300", "VOILUTFunction": "SIGMOID"} | elements
    )
    assert shown(write(tmp_path / "x.dcm", dataset))[0].shape == BYTES.shape


def palette_dataset(pixels, descriptor, colours, *, words=True):
    dataset = image_dataset(pixels, PhotometricInterpretation="PALETTE COLOR")
    for name, entries in zip(("Red", "Green", "Blue"), colours, strict=True):
        dataset.add_new(
            f"{name}PaletteColorLookupTableDescriptor", "SS" if pixels.dtype.kind == "i" else "US", list(descriptor)
        )
        data = entries.astype("<u2" if words else np.uint8).tobytes()
        dataset.add_new(f"{name}PaletteColorLookupTableData", "OW", data)
    return dataset


def three_colours(count, factor, limit):
    ramp = np.arange(count)
    return [ramp * factor % limit, ramp[::-1] * factor % limit, ramp * (factor + 10) % limit]


@pytest.mark.parametrize("encoding", ["+te", "+ti", "+tb"])
@pytest.mark.parametrize(
    ("kind", "descriptor", "colours", "words"),
    [
        ("u1", (256, 0, 8), three_colours(256, 1, 256), False),
        ("u1", (256, 0, 8), three_colours(256, 1, 256), True),
        ("u1", (100, 50, 16), three_colours(100, 600, 65536), True),
        ("<u2", (0, 0, 16), three_colours(65536, 1, 65536), True),
        ("<i2", (1000, -500, 16), three_colours(1000, 60, 65536), True),
        ("<u2", (1000, 20000, 8), three_colours(1000, 1, 256), False),
    ],
    ids=["8 bits packed", "8 bits in words", "16 bits with offset", "65,536 entries", "signed", "8 bits, long"],
)
def test_palettes_as_in_dcmtk(kind, descriptor, colours, words, encoding, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 1 << 16, (60, 80)).astype("<u2").astype(kind)
    path = write(tmp_path / "x.dcm", palette_dataset(pixels, descriptor, colours, words=words))
    path = dcmtk_convert("dcmconv", path, tmp_path / "y.dcm", encoding)
    assert np.array_equal(shown(path)[0], dcmtk_pixels(path, tmp_path))


def test_sixteen_bit_palette_that_uses_only_low_bytes(tmp_path):
    path = write(tmp_path / "x.dcm", palette_dataset(BYTES, (256, 0, 16), three_colours(256, 1, 256)))
    assert np.array_equal(shown(path)[0][..., 0], BYTES)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda dataset: delattr(dataset, "GreenPaletteColorLookupTableData"),
        lambda dataset: delattr(dataset, "RedPaletteColorLookupTableDescriptor"),
        lambda dataset: setattr(dataset, "RedPaletteColorLookupTableDescriptor", [256, 0, 99]),
        lambda dataset: setattr(dataset, "BluePaletteColorLookupTableData", b"\0\0"),
    ],
)
def test_a_broken_palette_says_so(spoil, tmp_path):
    dataset = palette_dataset(BYTES, (256, 0, 8), three_colours(256, 1, 256))
    spoil(dataset)
    with pytest.raises(ImageError, match=r"Expected a palette with the PALETTE COLOR pixels of x.dcm"):
        read_dicom(write(tmp_path / "x.dcm", dataset))


def test_a_broken_lookup_table_says_so(tmp_path):
    dataset: Dataset = image_dataset(BYTES, VOILUTSequence=lookup_table(256, 0, 8, np.arange(3)))
    with pytest.raises(ImageError, match=r"Expected a lookup table in VOILUTSequence of x.dcm"):
        read_dicom(write(tmp_path / "x.dcm", dataset))
