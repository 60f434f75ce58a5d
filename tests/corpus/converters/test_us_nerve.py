"""Ultrasound Nerve Segmentation: real files, and archives that are not as they should be."""

import pytest

from tests.corpus.converters.made import Converted, block, picture, texture
from tests.references import shared
from ultrasam.corpus.sample import Unreadable


def test_real_files():
    with Converted("US-nerve", shared("native/KAGGLE_NERVE")) as nerve:
        assert {name: nerve.areas(name) for name in nerve.samples} == {
            "train/1_10": [],
            "train/1_11": [],
            "train/1_101": [("nerve", 6673)],
            "train/2_10": [],
            "train/2_11": [],
        }
        assert [sample.patient for sample in nerve.samples.values()] == ["1", "1", "1", "2", "2"]
        assert nerve.picture("train/1_10").size_hw == (420, 580)
        assert not nerve.notes.skipped
        assert not nerve.notes.warnings


@pytest.fixture
def made(tmp_path):
    """Two subjects with an image each, the second one without a nerve; an image to test; tables."""
    for subject in (1, 2):
        picture(tmp_path / f"train/{subject}_1.tif", texture(seed=subject))
        picture(tmp_path / f"train/{subject}_1_mask.tif", block(value=255 if subject == 1 else 0))
    picture(tmp_path / "test/1.tif", texture(seed=3))
    (tmp_path / "train_masks.csv").write_text("subject,img,pixels\n1,1,1 5\n")
    return tmp_path


def test_subjects_are_patients_and_empty_masks_are_negatives(made):
    with Converted("US-nerve", made) as nerve:
        assert {name: (nerve.areas(name), sample.patient) for name, sample in nerve.samples.items()} == {
            "train/1_1": ([("nerve", 8 * 14)], "1"),
            "train/2_1": ([], "2"),
        }
        assert all(sample.is_negative_if_empty and sample.split == "train" for sample in nerve.samples.values())


def test_the_number_of_an_image_is_no_place_in_a_sequence(made):
    with Converted("US-nerve", made) as nerve:
        assert {(sample.sequence, sample.frame) for sample in nerve.samples.values()} == {(None, None)}


def test_what_is_not_used_is_said(made):
    with Converted("US-nerve", made) as nerve:
        assert [entry.path for entry in nerve.notes.skipped] == ["test/1.tif"]
        assert nerve.notes.unused == {"train_masks.csv"}


def test_values_between_count_as_the_nearer_one_and_are_reported(made):
    mask = block()
    mask[4, 6:20], mask[5, 6:20] = 140, 120
    picture(made / "train/1_1_mask.tif", mask)
    with Converted("US-nerve", made) as nerve:
        assert nerve.areas("train/1_1") == [("nerve", 7 * 14)]
        assert [remark.pixels for remark in nerve.annotations("train/1_1")[1]] == [28]


def test_files_without_a_partner_are_reported_and_case_does_not_matter(made):
    (made / "train/1_1_mask.tif").rename(made / "train/1_1_MASK.TIF")
    picture(made / "train/3_1.tif", texture())
    picture(made / "train/4_1_mask.tif", block())
    with Converted("US-nerve", made) as nerve:
        assert nerve.areas("train/1_1") == [("nerve", 8 * 14)]
        assert {entry.path for entry in nerve.notes.skipped} >= {"train/3_1.tif", "train/4_1_mask.tif"}


def test_corrupt_files_are_found_when_they_are_read(made):
    (made / "train/1_1.tif").write_bytes(b"no picture")
    with Converted("US-nerve", made) as nerve, pytest.raises(Unreadable, match=r"1_1\.tif"):
        nerve.picture("train/1_1")


def test_another_layout_gives_nothing(tmp_path):
    picture(tmp_path / "images/1_1.tif", texture())
    with Converted("US-nerve", tmp_path) as nerve:
        assert not nerve.samples
