"""SegThy: small volumes made in its layout, right and broken."""

import numpy as np
import pytest

from tests.corpus.converters.cines import frames, volume
from tests.corpus.converters.made import Converted
from ultrasam.corpus.reading.stacks import close_stacks

ROOT = "US_volunteer_dataset/ground_truth_data"
SCANS = ["001_P1_1_left", "001_P1_1_right", "002_P3_2_left"]


@pytest.fixture(autouse=True)
def closed():
    yield
    close_stacks()


def labels():
    """``(3, 24, 32)``: nothing, all five structures, and one that no legend knows."""
    values = np.zeros((3, 24, 32), np.uint8)
    for value in range(1, 6):
        values[1, 4 * value - 3 : 5 * value - 3, 2:12] = value
    values[2, :2, :2] = 6
    return values


@pytest.fixture
def made(tmp_path):
    for seed, scan in enumerate(SCANS):
        volume(tmp_path / ROOT / f"US/{scan}_US.nii", frames(3, seed=seed))
        volume(tmp_path / ROOT / f"US_thyroid_label/{scan}.nii", labels())
    return tmp_path


def test_vessels_of_both_sides_are_there_each_an_object(made):
    with Converted("SegThy", made) as found:
        assert found.areas("001_p1_1_left/0001") == [
            ("thyroid_gland", 10),
            ("carotid_artery", 20),
            ("jugular_vein", 30),
            ("carotid_artery", 40),
            ("jugular_vein", 50),
        ]


def test_other_values_are_reported(made):
    with Converted("SegThy", made) as found:
        objects, remarks = found.annotations("001_p1_1_left/0002")
        assert not objects
        assert [(remark.detail, remark.pixels) for remark in remarks] == [("value 6", 4)]


def test_slices_are_turned_with_their_masks(made):
    with Converted("SegThy", made) as found:
        for seed, name in enumerate(SCANS):
            picture = found.picture(f"{name.lower()}/0001").pixels
            assert np.array_equal(picture, frames(3, seed=seed)[1, ::-1, ::-1])
        masks = [mask for _, mask in found.annotations("002_p3_2_left/0001")[0]]
        assert all(np.array_equal(mask, labels()[1, ::-1, ::-1] == value) for value, mask in enumerate(masks, 1))


def test_the_first_number_is_the_volunteer(made):
    with Converted("SegThy", made) as found:
        facts = {(s.patient, s.sequence, s.split, s.is_negative_if_empty) for s in found.samples.values()}
        assert facts == {(scan[:3], scan.lower(), None, False) for scan in SCANS}
        assert [s.frame for s in found.samples.values()] == [0, 1, 2] * 3


@pytest.mark.parametrize(
    ("factor", "dtype", "top"), [(16, np.int16, 4095), (1, np.float32, 255), (1 / 255, np.float64, 1)]
)
def test_grey_values_are_scaled_once_for_a_volume(made, factor, dtype, top):
    values = (frames(3) * np.float64(factor) * [[[0.5]], [[1]], [[1]]]).astype(dtype)
    volume(made / ROOT / f"US/{SCANS[0]}_US.nii", values)
    with Converted("SegThy", made) as found:
        for index in range(3):
            expected = values[index, ::-1, ::-1].astype(np.float64) * 255 / top
            assert np.abs(found.picture(f"{SCANS[0].lower()}/{index:04}").pixels - expected).max() <= 0.5 + 1e-4


def test_what_has_no_partner_or_is_damaged_is_said_and_stops_no_other(made):
    (made / ROOT / f"US_thyroid_label/{SCANS[0]}.nii").unlink()
    (made / ROOT / f"US/{SCANS[1]}_US.nii").write_bytes(b"damaged")
    volume(made / ROOT / "US_thyroid_label/003_P1_1_left.nii", labels())
    with Converted("SegThy", made) as found:
        assert {sample.sequence for sample in found.samples.values()} == {"002_p3_2_left"}
        assert {entry.path.rpartition("/")[2] for entry in found.notes.skipped} == {
            f"{SCANS[0]}_US.nii",
            f"{SCANS[1]}_US.nii",
            "003_P1_1_left.nii",
        }


@pytest.mark.parametrize("count", [2, 4])
def test_labels_of_another_length_are_no_annotation(made, count):
    volume(made / ROOT / f"US_thyroid_label/{SCANS[0]}.nii", np.zeros((count, 24, 32), np.uint8))
    with Converted("SegThy", made) as found:
        assert len(found.samples) == 6
        assert f"but got {count}" in found.notes.skipped[0].reason


def test_packed_volumes_and_volumes_elsewhere(made):
    volume(made / ROOT / "US/004_P1_1_left_US.nii.gz", frames(3))
    volume(made / ROOT / "US_thyroid_label/004_P1_1_left.nii.gz", labels())
    volume(made / "US_patient_dataset/US/900_US.nii", frames(1))
    with Converted("SegThy", made) as found:
        assert len(found.areas("004_p1_1_left/0001")) == 5
        assert len(found.samples) == 12
        assert not found.notes.skipped
