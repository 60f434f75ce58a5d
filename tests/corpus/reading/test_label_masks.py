import numpy as np
import pytest

from tests.corpus.converters.made import block, picture
from tests.corpus.reading.sources import source_file
from ultrasam.corpus.reading import LabelMask, LabelPicture, Legend
from ultrasam.corpus.reading.label_masks import resized
from ultrasam.corpus.sample import Unreadable


def mask_source(path, array):
    return LabelMask(LabelPicture(source_file(picture(path, array))), Legend.binary("lesion"))


def test_objects_of_a_mask_picture(tmp_path):
    found = mask_source(tmp_path / "a.png", block()).read((24, 32))
    np.testing.assert_array_equal(found.objects[0].mask, block() > 0)
    assert (found.objects[0].category, found.remarks) == ("lesion", ())


def test_a_mask_of_another_size_is_brought_to_the_image_and_said(tmp_path):
    large = np.kron(block(), np.ones((4, 4), np.uint8))
    found = mask_source(tmp_path / "a.png", large).read((24, 32))
    np.testing.assert_array_equal(found.objects[0].mask, block() > 0)
    assert [remark.detail for remark in found.remarks] == ["96 x 128 to 24 x 32"]


def test_a_pixel_more_or_less_is_no_other_view(tmp_path):
    found = mask_source(tmp_path / "a.png", block(size_hw=(25, 32))).read((24, 32))
    assert found.objects[0].mask.shape == (24, 32)


def test_a_mask_of_another_shape_is_refused(tmp_path):
    with pytest.raises(Unreadable, match=r"24 x 32 .* but a\.png has 32 x 24"):
        mask_source(tmp_path / "a.png", block().T).read((24, 32))


def test_an_empty_mask_of_another_shape_says_nothing_of_the_image(tmp_path):
    with pytest.raises(Unreadable, match=r"24 x 32 .* but a\.png has 17 x 400"):
        mask_source(tmp_path / "a.png", np.zeros((17, 400), np.uint8)).read((24, 32))


def test_an_empty_mask_has_no_object(tmp_path):
    assert mask_source(tmp_path / "a.png", block(value=0)).read((24, 32)).objects == ()


@pytest.mark.parametrize("size_hw", [(3, 4), (12, 16), (7, 5)])
def test_resizing_takes_the_pixel_under_the_centre(size_hw):
    mask = np.random.default_rng(0).random((6, 8)) < 0.5
    rows = [int((r + 0.5) * 6 / size_hw[0]) for r in range(size_hw[0])]
    columns = [int((c + 0.5) * 8 / size_hw[1]) for c in range(size_hw[1])]
    expected = [[mask[r, c] for c in columns] for r in rows]
    np.testing.assert_array_equal(resized(mask, size_hw), expected)
