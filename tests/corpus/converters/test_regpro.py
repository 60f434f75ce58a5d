"""µ-RegPro: small volumes with channels made in its layout, right and broken."""

import zipfile

import numpy as np
import pytest

from tests.corpus.converters.cines import volume
from tests.corpus.converters.made import Converted
from ultrasam.corpus.reading.stacks import close_stacks

#: ``(z, y, x)``, brighter from slice to slice, over 8 bits.
GREY = np.arange(6)[None, None, :] * 100 + np.arange(30).reshape(5, 6, 1)
CASES = ["train/{}/case000000", "train/{}/case000001", "val/{}/case000000"]


@pytest.fixture(autouse=True)
def closed():
    yield
    close_stacks()


def labels():
    """``(channel, z, y, x)``: the gland in slices 1 to 4, a landmark inside it in two of them, and one in slice 4."""
    values = np.zeros((6, 5, 6, 6), np.uint8)
    values[0, 1:4, 1:5, 1:5] = 1
    values[1, 2, 2, 2:4] = 1
    values[5, 0, 0:2, 4] = 1
    return values


@pytest.fixture
def made(tmp_path):
    for case in CASES:
        volume(tmp_path / f"{case.format('us_images')}.nii.gz", GREY.astype(np.int16))
        volume(tmp_path / f"{case.format('us_labels')}.nii.gz", labels())
        volume(tmp_path / f"{case.format('mr_images')}.nii.gz", GREY.astype(np.int16))
        volume(tmp_path / f"{case.format('mr_labels')}.nii.gz", labels())
    return tmp_path


def test_each_channel_is_a_class_of_its_own_and_they_may_overlap(made):
    with Converted("regPro", made) as found:
        assert [found.areas(f"train/case000000/{index:04}") for index in range(6)] == [
            [],
            [("prostate", 12)],
            [("prostate", 12), ("prostate_landmark_1", 1)],
            [("prostate", 12), ("prostate_landmark_1", 1)],
            [("prostate", 12), ("prostate_landmark_5", 2)],
            [],
        ]
        assert {entry.structure for entry in found.card.classes[1:]} == {"prostate_landmark"}


def test_each_of_the_six_channels_has_its_number(made):
    values = np.zeros((6, 5, 6, 6), np.uint8)
    for channel in range(6):
        values[channel, 1, : channel + 1, 2] = 1
    volume(made / "train/us_labels/case000000.nii.gz", values)
    with Converted("regPro", made) as found:
        assert found.areas("train/case000000/0002") == [
            ("prostate", 1),
            *((f"prostate_landmark_{number}", number + 1) for number in range(1, 6)),
        ]


def test_slices_are_sagittal_and_turned_with_their_masks(made):
    with Converted("regPro", made) as found:
        objects = dict(found.annotations("train/case000000/0004")[0])
        assert np.array_equal(objects["prostate"], labels()[0, ::-1, ::-1, 4] > 0)
        assert np.array_equal(objects["prostate_landmark_5"], labels()[5, ::-1, ::-1, 4] > 0)
        assert found.samples["train/case000000/0004"].spacing_mm == (0.25, 1.0)


def test_the_grey_scale_is_one_for_the_volume(made):
    """The largest value is below 1023, of 10 bits."""
    with Converted("regPro", made) as found:
        for index in range(6):
            expected = np.rint(GREY[::-1, ::-1, index] * 255 / 1023)
            assert np.array_equal(found.picture(f"val/case000000/{index:04}").pixels, expected)


def test_cases_are_patients_and_folders_the_official_split(made):
    with Converted("regPro", made) as found:
        assert {(s.patient, s.sequence, s.split) for s in found.samples.values()} == {
            (f"{part}/{case}",) * 2 + (part,)
            for part, case in [("train", "case000000"), ("train", "case000001"), ("val", "case000000")]
        }
        assert len(found.samples) == 18
        assert not found.notes.skipped


def test_magnetic_resonance_is_not_needed_and_the_letters_mr_mean_nothing(made):
    made.rename(made.with_name("mr_smith"))
    with Converted("regPro", made.with_name("mr_smith")) as found:
        assert len(found.samples) == 18
        assert {path.split("/")[-2] for path in found.notes.unused} == {"mr_images", "mr_labels"}
        assert not any("mr_" in file.path for sample in found.samples.values() for file in sample.files)


def test_the_archives_may_stay_packed(made, tmp_path_factory):
    packed = tmp_path_factory.mktemp("packed") / "regPro.zip"
    with zipfile.ZipFile(packed, "w") as outer:
        for part in ("train", "val"):
            inner = packed.with_name(f"{part}.zip")
            with zipfile.ZipFile(inner, "w") as archive:
                for path in sorted((made / part).rglob("us_*/*.nii.gz")):
                    archive.write(path, path.relative_to(made / part))
            outer.write(inner, inner.name)
    with Converted("regPro", packed) as found:
        assert len(found.samples) == 18
        assert found.areas("val/case000000/0004") == [("prostate", 12), ("prostate_landmark_5", 2)]
        close_stacks()


def test_empty_slices_are_no_negatives(made):
    with Converted("regPro", made) as found:
        assert not any(sample.is_negative_if_empty for sample in found.samples.values())


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda path: volume(path, labels()[:5]), "6 channels"),
        (lambda path: volume(path, labels()[0]), "6 channels"),
        (lambda path: volume(path, labels()[:, :4]), "6 channels"),
        (lambda path: path.write_bytes(b"\x1f\x8b damaged"), "header is damaged"),
        (lambda path: path.unlink(), "Expected a mask"),
    ],
)
def test_labels_that_cannot_be_used_are_said_and_stop_no_other(made, damage, says):
    damage(made / "train/us_labels/case000000.nii.gz")
    with Converted("regPro", made) as found:
        assert len(found.samples) == 12
        [entry] = found.notes.skipped
        assert entry.path.endswith("train/us_images/case000000.nii.gz")
        assert says in entry.reason


def test_another_layout_gives_nothing(tmp_path):
    volume(tmp_path / "us/case000000.nii.gz", GREY.astype(np.int16))
    with Converted("regPro", tmp_path) as found:
        assert not found.samples
