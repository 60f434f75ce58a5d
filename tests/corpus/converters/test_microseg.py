"""MicroSeg: small volumes made in its layout, right and broken."""

import shutil

import numpy as np
import pytest

from tests.corpus.converters.cines import frames, volume
from tests.corpus.converters.made import Converted
from tests.corpus.converters.micro_ultrasound import VOLUMES, as_microseg, experts, scan
from ultrasam.corpus.reading.stacks import close_stacks

ROOT = "Micro_Ultrasound_Prostate_Segmentation_Dataset"


@pytest.fixture(autouse=True)
def closed():
    yield
    close_stacks()


@pytest.fixture
def made(tmp_path):
    return as_microseg(tmp_path)


def test_volumes_of_one_number_in_both_parts_are_two(made):
    with Converted("MicroSeg", made) as found:
        assert list(found.samples) == [f"{part}/{number}/{z:04}" for part, number in VOLUMES for z in range(3)]
        for part, number in VOLUMES:
            picture = found.picture(f"{part}/{number}/0001").pixels
            assert np.array_equal(picture, scan(part, number)[1, ::-1, ::-1])
        assert not found.notes.skipped


def test_only_experts_outlines_are_used(made):
    with Converted("MicroSeg", made) as found:
        for sample in found.samples.values():
            assert [file.parts[-2] for file in sample.files] == ["micro_ultrasound_scans", "expert_annotations"]
        assert found.notes.unused == {
            f"{ROOT}/{part}/non_expert_annotations/nonexpert_annotation_{part}_{number}.nii.gz"
            for part, number in VOLUMES
        }


def test_outlines_of_others_do_not_stand_in_for_an_expert(made):
    (made / ROOT / "test/expert_annotations/expert_annotation_test_01.nii.gz").unlink()
    with Converted("MicroSeg", made) as found:
        assert len(found.samples) == 6
        assert [entry.path for entry in found.notes.skipped] == [
            f"{ROOT}/test/micro_ultrasound_scans/microUS_test_01.nii.gz"
        ]


def test_masks_stay_where_the_image_is_black_and_are_turned_with_it(made):
    with Converted("MicroSeg", made) as found:
        for index in (1, 2):
            [(category, mask)], remarks = found.annotations(f"train/01/{index:04}")
            assert category == "prostate"
            assert np.array_equal(mask, experts()[index, ::-1, ::-1] > 0)
            assert not remarks


@pytest.mark.parametrize("value", [1, 255])
def test_a_mask_is_of_1_or_of_255(tmp_path, value):
    with Converted("MicroSeg", as_microseg(tmp_path, lambda: experts(value))) as found:
        assert found.areas("test/01/0001") == [("prostate", 112)]


def test_other_values_are_reported(tmp_path):
    with Converted("MicroSeg", as_microseg(tmp_path, lambda: experts(2))) as found:
        objects, remarks = found.annotations("test/01/0001")
        assert (objects, [remark.detail for remark in remarks]) == ([], ["value 2"])


def test_empty_slices_are_no_negatives(made):
    with Converted("MicroSeg", made) as found:
        assert found.areas("train/01/0000") == []
        assert not any(sample.is_negative_if_empty for sample in found.samples.values())


def test_folders_are_the_official_split_and_volumes_are_patients(made):
    with Converted("MicroSeg", made) as found:
        assert {(s.split, s.patient, s.sequence) for s in found.samples.values()} == {
            (part, f"{part}/{number}", f"{part}/{number}") for part, number in VOLUMES
        }
        assert [s.frame for s in found.samples.values()] == [0, 1, 2] * 3
        assert found.picture("train/01/0000").spacing_mm == (0.5, 0.25)


def test_grey_values_of_floats_are_scaled_once_for_a_volume(made):
    values = np.linspace(0, 254, 3 * 24 * 32).reshape(3, 24, 32)
    volume(made / ROOT / "train/micro_ultrasound_scans/microUS_train_01.nii.gz", values)
    with Converted("MicroSeg", made) as found:
        for index in range(3):
            expected = np.rint(values[index, ::-1, ::-1])
            assert np.array_equal(found.picture(f"train/01/{index:04}").pixels, expected)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b"\x1f\x8b damaged"),
        lambda path: volume(path, frames(2)),
        lambda path: volume(path, frames(4)),
        lambda path: shutil.copy(path, path.with_name("other_01.nii.gz")),
    ],
    ids=["damaged", "fewer planes", "more planes", "twice"],
)
@pytest.mark.parametrize(
    "name", ["micro_ultrasound_scans/microUS_train_01", "expert_annotations/expert_annotation_train_01"]
)
def test_a_volume_that_cannot_be_used_is_said_and_stops_no_other(made, name, damage):
    damage(made / ROOT / f"train/{name}.nii.gz")
    with Converted("MicroSeg", made) as found:
        assert {sample.sequence for sample in found.samples.values()} == {"train/02", "test/01"}
        assert found.notes.skipped
        assert all("train_01" in entry.path or "other_01" in entry.path for entry in found.notes.skipped)


def test_another_layout_gives_nothing(tmp_path):
    volume(tmp_path / "scans/01.nii.gz", frames(2))
    with Converted("MicroSeg", tmp_path) as found:
        assert not found.samples
