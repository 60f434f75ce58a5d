"""CCAUI: real files, and archives that are not as they should be."""

import json

import numpy as np
import pytest

from tests.corpus.converters.made import Converted, block, picture, texture
from tests.references import shared
from ultrasam.corpus.converters.ccaui import subjects

SWEEP = "202201121748100022VAS"


@pytest.fixture
def archive(tmp_path):
    """Two frames of two sweeps with masks."""
    for seed, stem in enumerate((f"{SWEEP}_slice_3", "202202071256290010EM VASCULAR_slice_12")):
        picture(tmp_path / "US images" / f"{stem}.png", texture(seed=seed))
        picture(tmp_path / "Expert mask images" / f"{stem}.png", block())
    return tmp_path


def test_real_masks_are_the_whole_artery_and_no_ring():
    with Converted("CCAUI", shared("native/CCAUI")) as found:
        areas = {}
        for name in found.samples:
            [(category, mask)], remarks = found.annotations(name)
            rows, columns = np.nonzero(mask)
            assert category == "carotid_artery"
            assert mask[int(rows.mean()), int(columns.mean())]
            assert not remarks
            areas[name] = len(rows)
        assert areas == {
            f"{SWEEP}_slice_1069": 12904,
            f"{SWEEP}_slice_1080": 13784,
            "202202071359200056VAS_slice_258": 24036,
        }
        assert not found.notes.skipped


def test_frames_of_an_acquisition_are_one_sequence(archive):
    with Converted("CCAUI", archive) as found:
        assert [(sample.sequence, sample.frame, sample.patient) for sample in found.samples.values()] == [
            (SWEEP, 3, None),
            ("202202071256290010EM VASCULAR", 12, None),
        ]


def test_grey_values_of_masks_count_as_the_nearer_one(archive):
    mask = block()
    mask[4, 6:20] = 200
    mask[5, 6:20] = 90
    picture(archive / "Expert mask images" / f"{SWEEP}_slice_3.png", mask)
    with Converted("CCAUI", archive) as found:
        assert found.areas(f"{SWEEP}_slice_3") == [("carotid_artery", 7 * 14)]
        assert [remark.pixels for remark in found.annotations(f"{SWEEP}_slice_3")[1]] == [28]


def write_acquisitions(folder, **sizes):
    """As many images and masks, which are not to be read, of each acquisition."""
    for kind in ("US images", "Expert mask images"):
        (folder / kind).mkdir()
        for acquisition, size in sizes.items():
            for number in range(size):
                (folder / kind / f"{acquisition}_slice_{number}.png").touch()


def test_each_hundred_of_images_in_order_of_time_is_of_one_subject(tmp_path):
    write_acquisitions(tmp_path, c=60, a=90, b=10, d=40)
    with Converted("CCAUI", tmp_path) as found:
        assert {(sample.sequence, sample.patient) for sample in found.samples.values()} == {
            *(("a", "1"), ("b", "1")),
            *(("c", "2"), ("d", "2")),
        }
        assert not found.notes.warnings


@pytest.mark.parametrize("sizes", [{"a": 90, "b": 11, "c": 99}, {"a": 100, "b": 99}, {"a": 3}])
def test_subjects_are_unknown_where_a_hundred_does_not_close(tmp_path, sizes):
    write_acquisitions(tmp_path, **sizes)
    with Converted("CCAUI", tmp_path) as found:
        assert {sample.patient for sample in found.samples.values()} == {None}
        assert ["subjects are unknown" in warning for warning in found.notes.warnings] == [True]


def test_images_of_no_acquisition_are_of_no_subject():
    assert subjects([""] * 100) == {}


def test_the_acquisitions_of_the_real_set_are_of_eleven_subjects():
    images = json.loads((shared("corpus/CCAUI") / "coco.json").read_text())["images"]
    names = [image["file_name"].rpartition("/")[2].rpartition("_slice_")[0] for image in images]
    found = subjects(names)
    assert len(found) == 38
    assert {subject: sum(found[name] == subject for name in names) for subject in found.values()} == {
        str(number): 100 for number in range(1, 12)
    }
    # The first eight were recorded on one day, the others on another.
    assert {(name[:8], int(subject) > 8) for name, subject in found.items()} == {
        ("20220112", False),
        ("20220207", True),
    }


def test_an_empty_mask_is_no_negative_as_every_image_shows_the_artery(archive):
    picture(archive / "Expert mask images" / f"{SWEEP}_slice_3.png", block(value=0))
    with Converted("CCAUI", archive) as found:
        assert found.areas(f"{SWEEP}_slice_3") == []
        assert not found.samples[f"{SWEEP}_slice_3"].is_negative_if_empty


def test_what_has_no_partner_is_said(archive):
    picture(archive / "US images" / "alone_slice_1.png", texture())
    picture(archive / "Expert mask images" / "lost_slice_1.png", block())
    with Converted("CCAUI", archive) as found:
        assert len(found.samples) == 2
        assert {entry.path for entry in found.notes.skipped} == {
            "US images/alone_slice_1.png",
            "Expert mask images/lost_slice_1.png",
        }


@pytest.mark.parametrize("stem", ["frame7", "_slice_4", "sweep_slice_x"])
def test_other_names_make_frames_without_a_number(tmp_path, stem):
    picture(tmp_path / "US images" / f"{stem}.png", texture())
    picture(tmp_path / "Expert mask images" / f"{stem}.png", block())
    with Converted("CCAUI", tmp_path) as found:
        assert found.samples[stem].frame is None


def test_another_layout_gives_nothing(tmp_path):
    picture(tmp_path / "images" / "a.png", texture())
    with Converted("CCAUI", tmp_path) as found:
        assert not found.samples
