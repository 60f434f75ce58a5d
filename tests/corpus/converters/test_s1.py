import numpy as np
import pytest

from tests.corpus.converters.made import Converted, block, picture, texture
from ultrasam.corpus.sample import Unreadable

BENIGN, MALIGNANT = block(slice(0, 4), value=127), block(slice(8, 13))
TRAIN, TEST = "Data/TrainingDataSet", "Data/TestingDataSet"


def rgb(mask):
    return np.repeat(mask[..., None], 3, axis=2)


@pytest.fixture
def made(tmp_path):
    """Number 0 in both parts, number 1 with a plain mask only; test images in both of their folders."""
    picture(tmp_path / f"{TRAIN}/BreastTumourImages/0.jpg", texture())
    picture(tmp_path / f"{TRAIN}/Expanded-3-channel-Labels/0.png", rgb(BENIGN))
    picture(tmp_path / f"{TRAIN}/General-1-channel-Labels/0.png", BENIGN)
    picture(tmp_path / f"{TRAIN}/BreastTumourImages/1.jpg", texture(seed=1))
    picture(tmp_path / f"{TRAIN}/General-1-channel-Labels/1.png", block())
    picture(tmp_path / f"{TEST}/Test-Expanded-BreastTumourImages/0.jpg", texture(seed=2))
    picture(tmp_path / f"{TEST}/Test-Expanded-3-channel-Labels/0.png", rgb(MALIGNANT))
    for number in (0, 5):
        picture(tmp_path / f"{TEST}/Test-General-1-BreastTumourImages/{number}.jpg", texture(seed=2))
        picture(tmp_path / f"{TEST}/Test-General-1-channel-Labels/{number}.png", block())
    return tmp_path


def test_equal_numbers_of_training_and_test_part_do_not_collide(made):
    with Converted("S1", made) as s1:
        assert {name: s1.areas(name) for name in s1.samples} == {
            "train/0": [("breast_lesion_benign", 4 * 14)],
            "train/1": [("breast_lesion", 8 * 14)],
            "test/0": [("breast_lesion_malignant", 5 * 14)],
            "test/5": [("breast_lesion", 8 * 14)],
        }


def test_the_official_split_is_kept(made):
    with Converted("S1", made) as s1:
        assert {name: sample.split for name, sample in s1.samples.items()} == {
            **{"train/0": "train", "train/1": "train"},
            **{"test/0": "test", "test/5": "test"},
        }


def test_of_two_folders_of_test_images_the_one_with_diagnoses_wins(made):
    with Converted("S1", made) as s1:
        assert "Test-Expanded-BreastTumourImages" in s1.samples["test/0"].source
        assert sorted(s1.notes.unused) == [
            f"{TEST}/Test-General-1-BreastTumourImages/0.jpg",
            f"{TEST}/Test-General-1-channel-Labels/0.png",
            f"{TRAIN}/General-1-channel-Labels/0.png",
        ]
        assert not s1.notes.skipped


def test_the_soft_rim_of_a_malignant_lesion_is_not_benign(made):
    mask = MALIGNANT.copy()
    mask[13], mask[14] = 170, 85
    mask[0] = 119
    picture(made / f"{TRAIN}/Expanded-3-channel-Labels/0.png", rgb(mask))
    with Converted("S1", made) as s1:
        assert s1.areas("train/0") == [("breast_lesion_benign", 32), ("breast_lesion_malignant", 5 * 14)]
        remarks = s1.annotations("train/0")[1]
        assert {remark.detail: remark.pixels for remark in remarks if "outside" in remark.kind} == {
            "value 85": 32,
            "value 170": 32,
        }


@pytest.fixture
def coloured(made):
    """The mask of the first image has channels that differ."""
    mask = rgb(MALIGNANT)
    mask[..., 2] = 0
    picture(made / f"{TRAIN}/Expanded-3-channel-Labels/0.png", mask)
    picture(made / f"{TRAIN}/General-1-channel-Labels/0.png", block())
    return made


def test_channels_that_differ_are_not_guessed_and_the_plain_mask_is_taken(coloured):
    with Converted("S1", coloured) as s1:
        assert s1.areas("train/0") == [("breast_lesion", 8 * 14)]
        assert ["cannot be read" in remark.kind for remark in s1.annotations("train/0")[1]] == [True]


def test_channels_that_differ_without_a_plain_mask_are_unreadable(coloured):
    (coloured / f"{TRAIN}/General-1-channel-Labels/0.png").unlink()
    with Converted("S1", coloured) as s1, pytest.raises(Unreadable, match="coloured"):
        s1.annotations("train/0")


def test_files_without_a_partner_are_reported(made):
    picture(made / f"{TRAIN}/BreastTumourImages/7.jpg", texture())
    picture(made / f"{TEST}/Test-Expanded-3-channel-Labels/8.png", rgb(BENIGN))
    with Converted("S1", made) as s1:
        assert [entry.path for entry in s1.notes.skipped] == [
            f"{TRAIN}/BreastTumourImages/7.jpg",
            f"{TEST}/Test-Expanded-3-channel-Labels/8.png",
        ]
