import pytest

from tests.corpus.converters.made import Converted, block, picture, texture


@pytest.fixture
def made(tmp_path):
    """One file name in both diagnoses, and the folder of all."""
    for seed, folder in enumerate(("Benign", "Malignant", "All")):
        picture(tmp_path / f"BUS_UC/{folder}/images/0319.png", texture(seed=seed))
        picture(tmp_path / f"BUS_UC/{folder}/masks/0319.png", block(slice(0, seed + 1)))
    return tmp_path


def test_equal_names_of_both_diagnoses_do_not_collide(made):
    with Converted("BUS_UC", made) as uc:
        assert {name: uc.areas(name) for name in uc.samples} == {
            "benign/0319": [("breast_lesion_benign", 14)],
            "malignant/0319": [("breast_lesion_malignant", 2 * 14)],
        }
        assert [dict(sample.labels)["diagnosis"] for sample in uc.samples.values()] == ["benign", "malignant"]


def test_the_folder_of_all_is_not_needed(made):
    with Converted("BUS_UC", made) as uc:
        assert sorted(uc.notes.unused) == ["BUS_UC/All/images/0319.png", "BUS_UC/All/masks/0319.png"]
        assert not uc.notes.skipped


def test_grey_pixels_are_not_lost(made):
    picture(made / "BUS_UC/Benign/masks/0319.png", block(value=254))
    with Converted("BUS_UC", made) as uc:
        assert uc.areas("benign/0319") == [("breast_lesion_benign", 8 * 14)]


def test_an_empty_mask_makes_no_negative(made):
    """Every image of the set has a tumour: without a mask it was not annotated, and is reported as such."""
    picture(made / "BUS_UC/Benign/masks/0319.png", block(slice(0, 0)))
    with Converted("BUS_UC", made) as uc:
        assert uc.areas("benign/0319") == []
        assert not uc.samples["benign/0319"].is_negative_if_empty


def test_a_mask_that_is_a_pixel_wider_than_its_image_is_brought_to_it(made):
    picture(made / "BUS_UC/Benign/masks/0319.png", block(size_hw=(24, 33)))
    with Converted("BUS_UC", made) as uc:
        [(_, mask)], remarks = uc.annotations("benign/0319")
        assert mask.shape == (24, 32)
        assert mask.any()
        assert [remark.detail for remark in remarks] == ["24 x 33 to 24 x 32"]


def test_files_without_a_partner_are_reported(made):
    picture(made / "BUS_UC/Benign/images/010.png", texture())
    picture(made / "BUS_UC/Malignant/masks/010.png", block())
    with Converted("BUS_UC", made) as uc:
        assert [entry.path for entry in uc.notes.skipped] == [
            "BUS_UC/Benign/images/010.png",
            "BUS_UC/Malignant/masks/010.png",
        ]
