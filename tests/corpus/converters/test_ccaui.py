"""CCAUI: real files, and archives that are not as they should be."""

import numpy as np
import pytest

from tests.corpus.converters.made import Converted, block, picture, texture
from tests.references import shared

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


def test_images_with_an_empty_mask_are_negatives(archive):
    picture(archive / "Expert mask images" / f"{SWEEP}_slice_3.png", block(value=0))
    with Converted("CCAUI", archive) as found:
        assert found.areas(f"{SWEEP}_slice_3") == []
        assert found.samples[f"{SWEEP}_slice_3"].is_negative_if_empty


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
