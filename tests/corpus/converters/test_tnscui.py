"""TN-SCUI 2020: both packages made in their layouts, right and broken."""

import numpy as np
import pytest

from tests.corpus.converters.made import Converted, block, picture, texture


@pytest.fixture
def official(tmp_path):
    """Two images of the official package, and one to test."""
    folder = tmp_path / "TNSCUI2020_train"
    for number in (2, 4):
        picture(folder / "image" / f"{number}.PNG", texture(seed=number))
        picture(folder / "mask" / f"{number}.PNG", block())
    (folder / "train.csv").write_text("ID,CATE\n2.PNG,1\n4.PNG,0\n")
    picture(tmp_path / "tnscui2020_testset" / "test_1.PNG", texture())
    return tmp_path


def write_repack(folder):
    picture(folder / "tnscui" / "JPEGImages" / "2.jpg", texture())
    picture(folder / "tnscui" / "SegmentationClass" / "2.png", block(value=1))
    return folder


def test_masks_of_the_official_package_are_0_and_255(official):
    with Converted("TNSCUI", official) as found:
        assert {name: found.areas(name) for name in found.samples} == {
            "2": [("thyroid_nodule", 112)],
            "4": [("thyroid_nodule", 112)],
        }
        assert {sample.split for sample in found.samples.values()} == {"train"}
        assert not any(sample.is_negative_if_empty for sample in found.samples.values())


def test_images_to_test_are_said_and_cost_no_image_to_train(official):
    picture(official / "tnscui2020_testset" / "image" / "2.PNG", texture())
    with Converted("TNSCUI", official) as found:
        assert list(found.samples) == ["2", "4"]
        assert {entry.path: entry.reason for entry in found.notes.skipped} == dict.fromkeys(
            ("tnscui2020_testset/image/2.PNG", "tnscui2020_testset/test_1.PNG"),
            "The masks of the test set are not public.",
        )


def test_masks_of_the_repack_are_0_and_1(tmp_path):
    with Converted("TNSCUI", write_repack(tmp_path)) as found:
        assert found.areas("2") == [("thyroid_nodule", 112)]
        assert not found.annotations("2")[1]


def test_other_values_of_the_repack_are_reported(tmp_path):
    picture(write_repack(tmp_path) / "tnscui" / "SegmentationClass" / "2.png", block(value=255))
    with Converted("TNSCUI", tmp_path) as found:
        objects, [remark] = found.annotations("2")
        assert not objects
        assert (remark.detail, remark.pixels) == ("value 255", 112)


def test_the_official_package_is_preferred(official):
    write_repack(official)
    with Converted("TNSCUI", official) as found:
        assert found.samples["2"].source == "TNSCUI2020_train/image/2.PNG"
        used = {file.path for sample in found.samples.values() for file in sample.files}
        [to_test] = found.notes.skipped
        assert {file.path for file in found.source.files} == used | found.notes.unused | {to_test.path}


def test_the_class_is_a_label(official):
    with Converted("TNSCUI", official) as found:
        assert [sample.labels for sample in found.samples.values()] == [(("category", "1"),), (("category", "0"),)]
        assert not found.notes.warnings


@pytest.mark.parametrize(("text", "warnings"), [("", 0), ("ID,CATE\n2.PNG;1\n", 1), ("2.PNG,0\n4.PNG,7\n", 1)])
def test_a_table_that_says_something_else(official, text, warnings):
    (official / "TNSCUI2020_train" / "train.csv").write_text(text)
    with Converted("TNSCUI", official) as found:
        assert len(found.samples) == 2
        assert len(found.notes.warnings) == warnings
        assert found.samples["4"].labels == ()


def test_a_damaged_image_is_left_to_be_reported_later(official):
    (official / "TNSCUI2020_train" / "image" / "2.PNG").write_bytes(b"no picture")
    with Converted("TNSCUI", official) as found:
        assert len(found.samples) == 2
        assert np.array_equal(found.picture("4").pixels, texture(seed=4))


def test_what_has_no_partner_is_said(official):
    (official / "TNSCUI2020_train" / "mask" / "2.PNG").rename(official / "TNSCUI2020_train" / "mask" / "3.PNG")
    with Converted("TNSCUI", official) as found:
        assert list(found.samples) == ["4"]
        assert len(found.notes.skipped) == 3
