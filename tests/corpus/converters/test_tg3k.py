"""TG3K: archives made in its layout, right and broken."""

import json

import pytest
from PIL import Image

from tests.corpus.converters.made import Converted, block, picture, texture

SIZES = [(24, 32), (24, 32), (24, 40), (24, 40), (24, 40), (24, 32)]


@pytest.fixture
def archive(tmp_path):
    """Six frames: two, three and one of a size."""
    folder = tmp_path / "Thyroid Dataset" / "tg3k"
    for number, size_hw in enumerate(SIZES):
        picture(folder / "thyroid-image" / f"{number:04}.jpg", texture(size_hw, seed=number))
        picture(folder / "thyroid-mask" / f"{number:04}.jpg", block(size_hw=size_hw))
    (folder / "tg3k-trainval.json").write_text(json.dumps({"train": [0, 1, 2, 3], "val": [4, 5]}))
    picture(folder.parent / "tn3k" / "test-image" / "0000.jpg", texture())
    picture(folder.parent / "tn3k" / "test-mask" / "0000.jpg", block())
    return tmp_path


def mask_of(archive, number):
    return archive / "Thyroid Dataset" / "tg3k" / "thyroid-mask" / f"{number:04}.jpg"


def image_of(archive, number):
    return archive / "Thyroid Dataset" / "tg3k" / "thyroid-image" / f"{number:04}.jpg"


def test_a_run_of_frames_of_one_size_is_a_sequence(archive):
    with Converted("TG3K", archive) as found:
        assert [(sample.sequence, sample.frame) for sample in found.samples.values()] == [
            ("run 0", 0),
            ("run 0", 1),
            ("run 1", 0),
            ("run 1", 1),
            ("run 1", 2),
            ("run 2", 0),
        ]


def test_the_official_split_is_kept_by_number(archive):
    with Converted("TG3K", archive) as found:
        assert [sample.split for sample in found.samples.values()] == ["train"] * 4 + ["val"] * 2


def test_jpg_masks_count_as_the_nearer_value(archive):
    with Converted("TG3K", archive) as found:
        grey = Image.open(mask_of(archive, 0))
        assert found.areas("0000") == [("thyroid_gland", sum(value > 127 for value in grey.tobytes()))]
        assert 100 <= found.areas("0000")[0][1] <= 125


def test_a_frame_without_a_gland_is_no_negative(archive):
    with Converted("TG3K", archive) as found:
        assert not any(sample.is_negative_if_empty for sample in found.samples.values())


def test_the_other_sets_of_the_archive_are_known(archive):
    with Converted("TG3K", archive) as found:
        assert len(found.samples) == len(SIZES)
        used = {file.path for sample in found.samples.values() for file in sample.files}
        assert {file.path for file in found.source.files} == used | found.notes.unused


@pytest.mark.parametrize("content", [b"[1, 2]", b'{"train": 3}', b"\xff{", b'{"train": ["x"], "val": [1]}'])
def test_a_broken_list_means_no_official_split(archive, content):
    (archive / "Thyroid Dataset" / "tg3k" / "tg3k-trainval.json").write_bytes(content)
    with Converted("TG3K", archive) as found:
        assert {sample.split for sample in found.samples.values()} == {None}
        assert [entry.path.rpartition("/")[2] for entry in found.notes.skipped] == ["tg3k-trainval.json"]


def test_a_damaged_image_does_not_cut_a_run(archive):
    image_of(archive, 3).write_bytes(b"no picture")
    with Converted("TG3K", archive) as found:
        assert [(sample.sequence, sample.frame) for sample in found.samples.values()][2:4] == [
            ("run 1", 0),
            ("run 1", 1),
        ]
        assert {entry.path.rpartition("tg3k/")[2] for entry in found.notes.skipped} == {
            "thyroid-image/0003.jpg",
            "thyroid-mask/0003.jpg",
        }


def test_what_has_no_partner_is_said(archive):
    image_of(archive, 0).unlink()
    mask_of(archive, 5).unlink()
    with Converted("TG3K", archive) as found:
        assert list(found.samples) == ["0001", "0002", "0003", "0004"]
        assert len(found.notes.skipped) == 2
