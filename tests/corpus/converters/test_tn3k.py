"""TN3K: real files, and archives that are not as they should be."""

import numpy as np
import pytest
from PIL import Image

from tests.corpus.converters.made import Converted, block, picture, texture
from tests.references import shared


@pytest.fixture
def archive(tmp_path):
    """One image of one name in each part, the tables, and the other sets of the archive."""
    folder = tmp_path / "Thyroid Dataset" / "tn3k"
    for seed, part in enumerate(("trainval", "test")):
        picture(folder / f"{part}-image" / "0000.jpg", texture(seed=seed))
        picture(folder / f"{part}-mask" / "0000.jpg", block())
        (folder / f"label4{part}.csv").write_text(f"0000.jpg,{seed}\n0001.jpg,1\n")
    (folder / "tn3k-trainval-fold0.json").write_text("{}")
    for other in ("tg3k/thyroid-image", "DDTI dataset/DDTI/1_or_data/image"):
        picture(folder.parent / other / "0000.jpg", texture())
    return tmp_path


def test_real_files():
    with Converted("TN3K", shared("native/TN3K")) as found:
        assert {name: (found.areas(name), sample.split) for name, sample in found.samples.items()} == {
            "trainval/0001": ([("thyroid_nodule", 38249)], "train"),
            "trainval/0002": ([("thyroid_nodule", 12141)], "train"),
            "trainval/0003": ([("thyroid_nodule", 8241)], "train"),
            "test/0000": ([("thyroid_nodule", 13295)], "test"),
            "test/0005": ([("thyroid_nodule", 2862)], "test"),
            "test/0010": ([("thyroid_nodule", 14231)], "test"),
        }
        assert not found.notes.skipped
        assert not found.notes.warnings


def test_real_jpg_masks_have_no_doubtful_values():
    with Converted("TN3K", shared("native/TN3K")) as found:
        for sample in found.samples.values():
            grey = np.asarray(Image.open(sample.masks[0].files[0].place.path))
            assert not ((grey > 30) & (grey < 225)).any()


def test_the_official_parts_stay_apart_though_numbers_repeat(archive):
    with Converted("TN3K", archive) as found:
        assert {name: sample.split for name, sample in found.samples.items()} == {
            "trainval/0000": "train",
            "test/0000": "test",
        }
        first, second = (found.picture(name).pixels for name in found.samples)
        assert (first != second).any()


def test_every_image_shows_a_nodule_so_that_an_empty_mask_is_no_negative(archive):
    with Converted("TN3K", archive) as found:
        assert not any(sample.is_negative_if_empty for sample in found.samples.values())


def test_the_diagnosis_is_a_label(archive):
    with Converted("TN3K", archive) as found:
        assert [sample.labels for sample in found.samples.values()] == [
            (("diagnosis", "benign"),),
            (("diagnosis", "malignant"),),
        ]
        assert not found.notes.warnings


def test_without_tables_there_is_no_label(archive):
    for part in ("trainval", "test"):
        (archive / "Thyroid Dataset" / "tn3k" / f"label4{part}.csv").unlink()
    with Converted("TN3K", archive) as found:
        assert {sample.labels for sample in found.samples.values()} == {()}


def test_lines_of_a_table_that_say_something_else_are_said(archive):
    (archive / "Thyroid Dataset" / "tn3k" / "label4test.csv").write_bytes(b"name,label\n0000.jpg,2\n\xff\n")
    with Converted("TN3K", archive) as found:
        assert found.samples["test/0000"].labels == ()
        [warning] = found.notes.warnings
        assert "2 are others" in warning


def test_the_other_sets_of_the_archive_are_known(archive):
    with Converted("TN3K", archive) as found:
        used = {file.path for sample in found.samples.values() for file in sample.files}
        assert {file.path for file in found.source.files} == used | found.notes.unused
        assert not used & found.notes.unused


def test_what_has_no_partner_is_said(archive):
    folder = archive / "Thyroid Dataset" / "tn3k"
    (folder / "test-image" / "0000.jpg").rename(folder / "test-image" / "0001.jpg")
    with Converted("TN3K", archive) as found:
        assert list(found.samples) == ["trainval/0000"]
        assert {entry.path.rpartition("tn3k/")[2] for entry in found.notes.skipped} == {
            "test-image/0001.jpg",
            "test-mask/0000.jpg",
        }
