"""STMUS_NDA: archives in the layout that is told of, and others."""

import shutil

import pytest

from tests.corpus.converters.made import Converted, block, picture, texture

INNER = "DATASET_10.1016j.compbiomed.2021.104623"


@pytest.fixture
def made(tmp_path):
    """One image of each muscle, all of one name, with masks of different sizes."""
    root = tmp_path / "data/Polito-Radboud-DeepLearningUS"
    for rows, muscle in enumerate(("BB", "GM", "TA"), 1):
        picture(root / muscle / "Images/0001.png", texture(seed=rows))
        picture(root / muscle / f"{muscle}_Masks/manual/0001.png", block(slice(0, rows), value=255 if rows > 1 else 1))
    return tmp_path / "data"


AREAS = {
    "BB/0001": [("biceps_brachii", 14)],
    "GM/0001": [("gastrocnemius", 28)],
    "TA/0001": [("tibialis_anterior", 42)],
}


def test_each_muscle_is_a_class_and_paired_within_itself(made):
    with Converted("STMUS_NDA", made) as stmus:
        assert {name: stmus.areas(name) for name in stmus.samples} == AREAS
        assert not stmus.notes.skipped
        assert not stmus.notes.warnings


def test_archives_in_archives(made, tmp_path):
    folder = tmp_path / "outer/DATASET for Deep learning"
    folder.mkdir(parents=True)
    shutil.make_archive(str(folder / INNER), "zip", made)
    shutil.make_archive(str(tmp_path / "STMUS_NDA"), "zip", tmp_path / "outer")
    with Converted("STMUS_NDA", tmp_path / "STMUS_NDA.zip") as stmus:
        assert {name: stmus.areas(name) for name in stmus.samples} == AREAS


def test_masks_in_the_name_of_an_outer_folder_mean_nothing(made):
    made.rename(made.parent / "with masks")
    with Converted("STMUS_NDA", made.parent) as stmus:
        assert {name: stmus.areas(name) for name in stmus.samples} == AREAS


def test_values_that_nobody_explains_are_reported(made):
    picture(made / "Polito-Radboud-DeepLearningUS/GM/GM_Masks/manual/0001.png", block(value=128) | block(slice(0, 2)))
    with Converted("STMUS_NDA", made) as stmus:
        assert stmus.areas("GM/0001") == [("gastrocnemius", 28)]
        assert [remark.detail for remark in stmus.annotations("GM/0001")[1]] == ["value 128"]


def test_an_image_of_a_muscle_is_no_negative(made):
    picture(made / "Polito-Radboud-DeepLearningUS/GM/GM_Masks/manual/0001.png", block(value=0))
    with Converted("STMUS_NDA", made) as stmus:
        assert stmus.areas("GM/0001") == []
        assert not stmus.samples["GM/0001"].is_negative_if_empty


def test_files_without_a_partner_and_names_that_are_there_twice_are_reported(made):
    root = made / "Polito-Radboud-DeepLearningUS"
    picture(root / "BB/Images/0002.png", texture())
    picture(root / "TA/TA_Masks/manual/0003.png", block())
    picture(root / "GM/other/0001.png", texture())
    with Converted("STMUS_NDA", made) as stmus:
        assert list(stmus.samples) == ["BB/0001", "TA/0001"]
        assert {entry.path.partition("/")[2] for entry in stmus.notes.skipped} == {
            "BB/Images/0002.png",
            "TA/TA_Masks/manual/0003.png",
            "GM/Images/0001.png",
            "GM/other/0001.png",
            "GM/GM_Masks/manual/0001.png",
        }


def test_another_layout_gives_nothing(tmp_path):
    picture(tmp_path / "images/1.png", texture())
    with Converted("STMUS_NDA", tmp_path) as stmus:
        assert not stmus.samples
