import numpy as np
import pytest
from PIL import Image

from tests.corpus.converters.made import Converted, block, picture, texture
from tests.references import shared


def test_real_files_have_the_lesions_that_were_seen():
    with Converted("STU-Hospital", shared("native/STU-Hospital")) as stu:
        assert {name: stu.areas(name) for name in stu.samples} == {
            "1": [("breast_lesion", 1172)],
            "2": [("breast_lesion", 994)],
            "9": [("breast_lesion", 1376)],
        }
        with Image.open(shared("native/STU-Hospital/Hospital/mask_9.png")) as mask:
            expected = np.asarray(mask.resize((128, 128), Image.Resampling.NEAREST)) >= 128
        assert np.array_equal(stu.annotations("9")[0][0][1], expected)
        assert not stu.notes.skipped


@pytest.fixture
def made(tmp_path):
    """An image of 24 x 32 pixels and its mask, twice as large, with a soft edge and a stray pixel."""
    mask = block(slice(8, 24), slice(12, 40), size_hw=(48, 64))
    mask[24:26, 12:40] = 100
    mask[0, 0] = 1
    picture(tmp_path / "Hospital/Test_Image_1.png", texture())
    picture(tmp_path / "Hospital/mask_1.png", mask)
    return tmp_path


def test_stray_values_are_background_and_soft_edges_are_cut_at_half(made):
    with Converted("STU-Hospital", made) as stu:
        [(_, mask)], remarks = stu.annotations("1")
        assert np.array_equal(mask, block() > 0)
        assert [(remark.kind.split(",")[0], remark.pixels) for remark in remarks] == [
            ("value near one of the legend", 2 * 28 + 1),
            ("mask of another size than its image", 0),
        ]


def test_no_lesion_is_called_benign(made):
    with Converted("STU-Hospital", made) as stu:
        assert [entry.name for entry in stu.card.classes] == ["breast_lesion"]
        assert stu.samples["1"].labels == ()


def test_other_folders_of_the_repository_are_not_needed(made):
    picture(made / "demo/Test_Image_1.png", texture())
    picture(made / "Dataset B/BUS/original/000001.png", texture())
    with Converted("STU-Hospital", made) as stu:
        assert list(stu.samples) == ["1"]
        assert stu.notes.unused == {"demo/Test_Image_1.png", "Dataset B/BUS/original/000001.png"}


def test_pairs_are_made_by_the_whole_number(made):
    picture(made / "Hospital/Test_Image_11.png", texture(seed=1))
    picture(made / "Hospital/mask_21.png", block())
    with Converted("STU-Hospital", made) as stu:
        assert list(stu.samples) == ["1"]
        assert [entry.path for entry in stu.notes.skipped] == ["Hospital/Test_Image_11.png", "Hospital/mask_21.png"]
