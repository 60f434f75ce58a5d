import csv
from io import BytesIO, StringIO

import pytest

from ultrasam.imaging import Region
from ultrasam.server.exporting.drawn import Distance
from ultrasam.server.exporting.table import Table, distance_row, spacing_along

#: An inset over the scan, and a spectrum without lengths.
SCAN, INSET, SPECTRUM = (
    Region((0, 0, 100, 100), (0.5, 0.25)),
    Region((60, 60, 90, 90), (0.1, 0.1)),
    Region((0, 80, 50, 100), None, "spectral"),
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM", "'@SUM"),
        ("\t=1", "'\t=1"),
        ("left, 'inner' \"x\"\n", "left, 'inner' \"x\"\n"),
        ("Nervus medianus – ü", "Nervus medianus – ü"),
        (-1.5, "-1.5"),
        (1 / 3, "0.333333"),
        (-3, "-3"),
        (None, ""),
    ],
    ids=str,
)
def test_cells(value, expected):
    table, target = Table(["a", "b"], None), BytesIO()
    table.add({"a": value, "b": 1})
    table.write(target)
    table.close()
    (row,) = csv.DictReader(StringIO(target.getvalue().decode(), newline=""))
    assert row == {"a": expected, "b": "1"}


@pytest.mark.parametrize(
    ("start", "end", "spacing"),
    [
        ((1.0, 1.0), (90.0, 40.0), (0.5, 0.25)),
        ((61.0, 61.0), (90.0, 90.0), (0.1, 0.1)),
        ((10.0, 10.0), (70.0, 70.0), (0.5, 0.25)),
        ((5.0, 85.0), (30.0, 95.0), None),
        ((50.0, 50.0), (150.0, 50.0), None),
    ],
    ids=["in the scan", "in the inset", "from the scan into the inset", "in a spectrum", "out of the scan"],
)
def test_a_distance_has_the_spacing_of_the_smallest_region_that_holds_it(start, end, spacing):
    assert spacing_along(Distance(1, 0, start, end), (SCAN, INSET, SPECTRUM)) == spacing


def test_the_length_of_a_distance():
    row = distance_row(Distance(2, 5, (10.0, 20.0), (16.0, 28.0)), (0.5, 0.25))
    assert (row["frame"], row["ruler"], row["length_px"]) == (5, 2, 10)
    assert row["length_mm"] == pytest.approx((3**2 + 2**2) ** 0.5)
    assert distance_row(Distance(1, 0, (0.0, 0.0), (3.0, 4.0)), None)["length_mm"] is None
