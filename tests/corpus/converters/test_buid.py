import shutil

import pytest

from tests.corpus.converters.made import Converted, block, picture, texture


@pytest.fixture
def made(tmp_path):
    """One image of each diagnosis, with one number; in folders."""
    for seed, diagnosis in enumerate(("Benign", "Malignant")):
        picture(tmp_path / f"{diagnosis}/1 {diagnosis} Image.bmp", texture(seed=seed))
        picture(tmp_path / f"{diagnosis}/1 {diagnosis} Lesion.bmp", texture(seed=seed))
        picture(tmp_path / f"{diagnosis}/1 {diagnosis} Mask.tif", block(slice(0, seed + 1)) > 0)
    return tmp_path


@pytest.fixture(params=["folders", "archives"])
def distributed(made, request):
    """As folders, and as the two archives that the page has."""
    if request.param == "archives":
        for diagnosis in ("Benign", "Malignant"):
            shutil.make_archive(str(made / diagnosis), "zip", made, diagnosis)
            shutil.rmtree(made / diagnosis)
    return made


def test_the_diagnosis_is_kept_and_equal_numbers_do_not_collide(distributed):
    with Converted("BUID", distributed) as buid:
        assert {name: buid.areas(name) for name in buid.samples} == {
            "benign/1": [("breast_lesion_benign", 14)],
            "malignant/1": [("breast_lesion_malignant", 2 * 14)],
        }
        assert [sample.labels for sample in buid.samples.values()] == [
            (("diagnosis", "benign"),),
            (("diagnosis", "malignant"),),
        ]
        assert not any("value" in remark.kind for remark in buid.annotations("benign/1")[1])


def test_pictures_of_lesions_are_not_needed(made):
    with Converted("BUID", made) as buid:
        assert sorted(buid.notes.unused) == ["Benign/1 Benign Lesion.bmp", "Malignant/1 Malignant Lesion.bmp"]


def test_files_without_a_partner_are_reported_and_case_does_not_matter(made):
    (made / "Benign/1 Benign Mask.tif").rename(made / "Benign/1 benign mask.TIF")
    picture(made / "Benign/2 Benign Image.bmp", texture())
    picture(made / "Malignant/3 Malignant Mask.tif", block())
    with Converted("BUID", made) as buid:
        assert list(buid.samples) == ["benign/1", "malignant/1"]
        assert [entry.path for entry in buid.notes.skipped] == [
            "Benign/2 Benign Image.bmp",
            "Malignant/3 Malignant Mask.tif",
        ]
