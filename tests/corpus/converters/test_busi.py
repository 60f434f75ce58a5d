import pytest

from tests.corpus.converters.made import Converted, block, picture, texture
from tests.references import shared
from ultrasam.corpus.sample import Unreadable

# Checked by eye on overlays. An independent conversion has the same areas, but for two stray pixels of the third.
REAL = {
    "benign/benign (1)": [("breast_lesion_benign", 984)],
    "benign/benign (100)": [("breast_lesion_benign", 7090), ("breast_lesion_benign", 2921)],
    "malignant/malignant (1)": [("breast_lesion_malignant", 90993 + 2)],
    "normal/normal (1)": [],
}


def test_real_files_have_the_lesions_that_were_seen():
    with Converted("BUSI", shared("native/BUSI")) as busi:
        assert {name: busi.areas(name) for name in busi.samples} == REAL
        assert [dict(sample.labels)["diagnosis"] for sample in busi.samples.values()] == [
            *("benign", "benign"),
            *("malignant", "normal"),
        ]
        assert not busi.notes.skipped
        assert not busi.notes.warnings


@pytest.fixture
def made(tmp_path):
    """A benign image with two lesions, one of them in two pieces, and a normal image."""
    root = tmp_path / "Dataset_BUSI_with_GT"
    picture(root / "benign/benign (1).png", texture())
    picture(root / "benign/benign (1)_mask.png", block(slice(0, 3)) | block(slice(20, 21), slice(0, 1)))
    picture(root / "benign/benign (1)_mask_1.png", block(slice(10, 15)))
    picture(root / "normal/normal (1).png", texture(seed=1))
    picture(root / "normal/normal (1)_mask.png", block(slice(0, 0)))
    return root


def test_normal_images_and_the_diagnosis_are_kept(made):
    with Converted("BUSI", made) as busi:
        normal = busi.samples["normal/normal (1)"]
        assert busi.areas("normal/normal (1)") == []
        assert normal.is_negative_if_empty
        assert dict(normal.labels) == {"diagnosis": "normal"}
        assert dict(busi.samples["benign/benign (1)"].labels) == {"diagnosis": "benign"}


def test_each_mask_file_is_one_lesion_whatever_its_pieces(made):
    with Converted("BUSI", made) as busi:
        assert busi.areas("benign/benign (1)") == [
            ("breast_lesion_benign", 3 * 14 + 1),
            ("breast_lesion_benign", 5 * 14),
        ]


@pytest.mark.parametrize("diagnosis", ["benign", "malignant"])
def test_the_folder_is_the_class(made, diagnosis):
    picture(made / f"{diagnosis}/{diagnosis} (7).png", texture(seed=7))
    picture(made / f"{diagnosis}/{diagnosis} (7)_mask.png", block())
    with Converted("BUSI", made) as busi:
        assert busi.areas(f"{diagnosis}/{diagnosis} (7)") == [(f"breast_lesion_{diagnosis}", 8 * 14)]
        assert dict(busi.samples[f"{diagnosis}/{diagnosis} (7)"].labels) == {"diagnosis": diagnosis}


def test_a_tree_that_is_there_twice_gives_no_lesion_twice(made):
    picture(made / "again/benign/benign (1).png", texture())
    picture(made / "again/benign/benign (1)_mask.png", block())
    with Converted("BUSI", made) as busi:
        assert list(busi.samples) == ["normal/normal (1)"]
        assert len(busi.notes.skipped) == 5


def test_masks_of_another_folder_are_not_taken(made):
    picture(made / "again/benign/benign (1)_mask.png", block())
    with Converted("BUSI", made) as busi:
        assert len(busi.areas("benign/benign (1)")) == 2
        assert [entry.path for entry in busi.notes.skipped] == ["again/benign/benign (1)_mask.png"]


def test_a_lesion_that_nobody_outlined_is_no_negative(made):
    picture(made / "malignant/malignant (1).png", texture())
    picture(made / "malignant/malignant (1)_mask.png", block(slice(0, 0)))
    with Converted("BUSI", made) as busi:
        assert not busi.samples["malignant/malignant (1)"].is_negative_if_empty


def test_case_of_names_does_not_matter(made):
    (made / "benign").rename(made / "Benign")
    (made / "Benign/benign (1)_mask.png").rename(made / "Benign/Benign (1)_Mask.PNG")
    with Converted("BUSI", made) as busi:
        assert len(busi.areas("benign/benign (1)")) == 2


def test_files_without_a_partner_are_reported(made):
    picture(made / "benign/benign (2).png", texture())
    picture(made / "benign/benign (3)_mask.png", block())
    picture(made / "benign/benign (10).png", texture())
    with Converted("BUSI", made) as busi:
        assert list(busi.samples) == ["benign/benign (1)", "normal/normal (1)"]
        assert [entry.path for entry in busi.notes.skipped] == [
            "benign/benign (2).png",
            "benign/benign (10).png",
            "benign/benign (3)_mask.png",
        ]


def test_corrupt_files_are_found_when_they_are_read(made):
    (made / "benign/benign (1).png").write_bytes(b"no picture")
    (made / "benign/benign (1)_mask.png").write_bytes(b"")
    with Converted("BUSI", made) as busi:
        sample = busi.samples["benign/benign (1)"]
        with pytest.raises(Unreadable, match=r"benign \(1\).png"):
            sample.pixels.read()
        with pytest.raises(Unreadable, match=r"benign \(1\)_mask.png"):
            sample.masks[0].read((24, 32))


def test_another_layout_makes_nothing(tmp_path):
    picture(tmp_path / "images/1.png", texture())
    with Converted("BUSI", tmp_path) as busi:
        assert not busi.samples
