import numpy as np
import pytest

from tests.corpus.reading.sources import source_file
from ultrasam.corpus.reading import Outline, PolygonMask


@pytest.fixture
def file(tmp_path):
    (tmp_path / "a.json").write_text("[]")
    return source_file(tmp_path / "a.json")


SQUARE = ((2.0, 3.0), (10.0, 3.0), (10.0, 7.0), (2.0, 7.0))


def test_an_outline_on_pixel_corners_is_filled_exactly(file):
    found = PolygonMask(file, (Outline("liver", (SQUARE,)),), offset=0.0).read((12, 16))
    expected = np.zeros((12, 16), bool)
    expected[3:7, 2:10] = True
    np.testing.assert_array_equal(found.objects[0].mask, expected)
    assert (found.objects[0].category, found.remarks) == ("liver", ())


@pytest.mark.parametrize(("shift", "columns"), [(0.0, 8), (0.4, 8), (0.6, 9)])
def test_fractions_of_pixels_are_not_cut_off(file, shift, columns):
    ring = tuple((x + (shift if x > 5 else 0), y) for x, y in SQUARE)
    found = PolygonMask(file, (Outline("a", (ring,)),), offset=0.0).read((12, 16))
    assert int(found.objects[0].mask[4].sum()) == columns


def test_objects_may_overlap_and_have_pieces(file):
    other = ((11.0, 0.0), (15.0, 0.0), (15.0, 2.0), (11.0, 2.0))
    found = PolygonMask(file, (Outline("a", (SQUARE, other)), Outline("b", (SQUARE,))), 0.0).read((12, 16))
    assert [(entry.category, int(entry.mask.sum())) for entry in found.objects] == [("a", 32 + 8), ("b", 32)]


def test_an_outline_that_leaves_the_image_is_cut_and_said(file):
    outside = ((-20.0, 3.0), (10.0, 3.0), (10.0, 7.0), (-20.0, 7.0))
    found = PolygonMask(file, (Outline("a", (outside,)),), 0.0).read((12, 16))
    assert int(found.objects[0].mask.sum()) == 40
    assert ["reaches out" in remark.kind for remark in found.remarks] == [True]


def test_two_points_are_no_outline(file):
    found = PolygonMask(file, (Outline("a", (SQUARE[:2],)),)).read((12, 16))
    assert found.objects == ()
    assert ["three points" in remark.kind for remark in found.remarks] == [True]
