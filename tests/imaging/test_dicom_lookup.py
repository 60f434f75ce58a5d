import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.pixels import apply_color_lut

from tests.imaging.dicom_files import image_dataset
from ultrasam.imaging.dicom_lookup import read_lookup_table

#: Discrete, linear and indirect segments of the standard's kinds; each list makes 12 entries.
SEGMENTS = [
    [0, 2, 10, 20, 1, 10, 220],
    [0, 3, 5, 200, 9, 1, 5, 90, 1, 4, 90],
    [0, 4, 1, 2, 3, 4, 0, 4, 9, 8, 7, 6, 2, 1, 0, 0],
    [0, 2, 50, 60, 1, 4, 100, 2, 2, 0, 0],
]


def as_bytes(words, bits, big_endian):
    data = np.array(words, f"{'>' if big_endian else '<'}u{bits // 8}").tobytes()
    return data + b"\0" * (len(data) % 2)


@pytest.mark.parametrize("segments", SEGMENTS)
def test_segmented_tables_as_pydicom_expands_them(segments):
    dataset = image_dataset(np.arange(12, dtype=np.uint8)[None], PhotometricInterpretation="PALETTE COLOR")
    for colour in ("Red", "Green", "Blue"):
        dataset.add_new(f"{colour}PaletteColorLookupTableDescriptor", "US", [12, 0, 16])
        dataset.add_new(f"Segmented{colour}PaletteColorLookupTableData", "OW", as_bytes(segments, 16, False))
    expected = apply_color_lut(dataset.pixel_array, dataset)[0, :, 0]
    for big_endian in (False, True):
        data = as_bytes(segments, 16, big_endian)
        table = read_lookup_table([12, 0, 16], data, segmented=True, signed=False, big_endian=big_endian)
        assert table.entries.tolist() == expected.tolist()


def test_segmented_table_of_eight_bits():
    data = as_bytes([0, 2, 50, 60, 1, 4, 100, 2, 2, 0, 0, 0, 0], 8, False)
    table = read_lookup_table([12, 0, 8], data, segmented=True, signed=False, big_endian=False)
    assert table.entries.tolist() == [50, 60, 70, 80, 90, 100, 50, 60, 70, 80, 90, 100]


def test_values_outside_become_the_first_and_the_last_entry():
    table = read_lookup_table([3, -1, 8], [7, 8, 9], segmented=False, signed=True, big_endian=False)
    assert table.apply(np.array([-5, -1, 0, 1, 2, 99])).tolist() == [7, 7, 8, 9, 9, 9]


@pytest.mark.parametrize(("first", "signed", "means"), [(0xFFFF, True, -1), (0xFFFF, False, 0xFFFF), (-1, True, -1)])
def test_first_value_is_signed_where_pixels_are(first, signed, means):
    table = read_lookup_table([1, first, 8], [7], segmented=False, signed=signed, big_endian=False)
    assert table.first == means


def test_segments_never_make_more_entries_than_announced():
    bomb = [0, 1, 5] + [1, 0xFFFF, 9] * 10_000
    data = as_bytes(bomb, 16, False)
    table = read_lookup_table([100, 0, 16], data, segmented=True, signed=False, big_endian=False)
    assert len(table.entries) == 100


@settings(derandomize=True, deadline=None)
@given(st.lists(st.integers(0, 0xFFFF), max_size=40), st.integers(0, 300), st.sampled_from([8, 16]), st.booleans())
def test_any_segments_give_a_table_or_a_value_error(words, count, bits, big_endian):
    try:
        data = as_bytes(words, 16, big_endian)
        table = read_lookup_table([count, 0, bits], data, segmented=True, signed=False, big_endian=big_endian)
    except ValueError:
        return
    assert len(table.entries) == (count or 65536)
