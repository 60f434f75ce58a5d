"""Stanford's thyroid cine-clips: small HDF5 files made in the layout, right and broken."""

import numpy as np
import pytest

from tests.corpus.converters.made import Converted, block, texture
from ultrasam.corpus.reading.stacks import close_stacks
from ultrasam.errors import InputError

h5py = pytest.importorskip("h5py")

HEAD = (
    "annot_id,age,sex,location,size_x,size_y,size_z,ti-rads_composition,ti-rads_echogenicity,ti-rads_shape,"
    "ti-rads_margin,ti-rads_echogenicfoci,ti-rads_level,histopath_diagnosis\n"
)
ROWS = [("10_", 5), ("10_", 6), ("12_1", 0), ("12_2", 0)]


def write_clips(folder, masks, **other):
    """``dataset.hdf5`` with a frame for each row, and its columns, of which some may be replaced or left out."""
    columns = {
        "annot_id": np.array([clip.encode() for clip, _ in ROWS]),
        "frame_num": np.array([[frame] for _, frame in ROWS], np.int64),
        "image": np.stack([texture(seed=row) for row in range(len(ROWS))]),
        "mask": np.stack(masks),
        **other,
    }
    with h5py.File(folder / "dataset.hdf5", "w") as file:
        for name, values in columns.items():
            if values is not None:
                file[name] = values


@pytest.fixture
def archive(tmp_path):
    """Three clips of two patients; one frame has no mask, one mask has a hole."""
    masks = [block(), block(value=0), block(), block()]
    masks[2][6, 8] = 0
    write_clips(tmp_path, masks)
    (tmp_path / "metadata.csv").write_text(
        HEAD
        + "10_,43.0,Female,left,1,1,1,2,2,0,0,0,4,1\n"
        + "12_1,,Male,,1,1,1,1,1,0,0,0,2.0,0\n12_2,51,Male,isthmus,1,1,1,,,,,,3,0.0\n"
    )
    yield tmp_path
    close_stacks()


def test_masks_are_nodules_and_holes_stay(archive):
    with Converted("Thyroid-Cineclip", archive) as found:
        assert [found.areas(name) for name in found.samples] == [
            [("thyroid_nodule", 112)],
            [],
            [("thyroid_nodule", 111)],
            [("thyroid_nodule", 112)],
        ]
        for row, name in enumerate(found.samples):
            assert np.array_equal(found.picture(name).pixels, texture(seed=row))


def test_clips_are_sequences_and_clips_of_a_patient_stay_together(archive):
    with Converted("Thyroid-Cineclip", archive) as found:
        assert [(s.patient, s.sequence, s.frame) for s in found.samples.values()] == [
            ("10", "10_", 0),
            ("10", "10_", 1),
            ("12", "12_1", 0),
            ("12", "12_2", 0),
        ]


def test_frames_begin_at_0_in_each_clip_whatever_the_file_counts_from(tmp_path):
    write_clips(tmp_path, [block()] * 4, frame_num=np.array([6, 5, 1, 1]))
    with Converted("Thyroid-Cineclip", tmp_path) as found:
        assert [sample.frame for sample in found.samples.values()] == [1, 0, 0, 0]


@pytest.mark.parametrize("numbers", [np.array([1.0, np.nan, 3.5, 2.0]), np.array([b"1", b"", b"x", b"2.0"])])
def test_frames_without_a_whole_number_have_no_place(tmp_path, numbers):
    write_clips(tmp_path, [block()] * 4, frame_num=numbers)
    with Converted("Thyroid-Cineclip", tmp_path) as found:
        assert [sample.frame for sample in found.samples.values()] == [0, None, None, 0]
        assert ["2 are none" in warning for warning in found.notes.warnings] == [False, True]


def test_clips_may_be_numbers(tmp_path):
    write_clips(tmp_path, [block()] * 4, annot_id=np.array([1, 1, 2, 3]))
    (tmp_path / "metadata.csv").write_text(HEAD + "".join(f"{clip},,,left,,,,,,,,,4,1\n" for clip in (1, 2, 3)))
    with Converted("Thyroid-Cineclip", tmp_path) as found:
        assert [(s.patient, s.sequence, s.frame) for s in found.samples.values()] == [
            *(("1", "1", 0), ("1", "1", 1)),
            *(("2", "2", 0), ("3", "3", 0)),
        ]
        assert {dict(sample.labels)["diagnosis"] for sample in found.samples.values()} == {"malignant"}


def test_the_table_may_have_clips_without_their_last_line(archive):
    table = (archive / "metadata.csv").read_text()
    (archive / "metadata.csv").write_text(table.replace("10_,", "10,"))
    with Converted("Thyroid-Cineclip", archive) as found:
        assert dict(found.samples["10_/00000"].labels)["diagnosis"] == "malignant"
        assert not found.notes.warnings


def test_frames_without_a_mask_are_no_negatives(archive):
    with Converted("Thyroid-Cineclip", archive) as found:
        assert not any(sample.is_negative_if_empty for sample in found.samples.values())


def test_histology_and_ti_rads_are_labels(archive):
    with Converted("Thyroid-Cineclip", archive) as found:
        labels = [dict(sample.labels) for sample in found.samples.values()]
        assert labels[0] == labels[1]
        assert labels[0]["TI-RADS"] == "4"
        assert labels[0]["diagnosis"] == "malignant"
        assert [entry["diagnosis"] for entry in labels[2:]] == ["benign", "benign"]
        assert "location" not in labels[2]
        assert labels[3]["location"] == "isthmus"
        assert not found.notes.warnings


def test_a_clip_that_the_table_does_not_have_is_said(archive):
    (archive / "metadata.csv").write_text(HEAD + "10_,43,Female,left,1,1,1,2,2,0,0,0,4,1\n")
    with Converted("Thyroid-Cineclip", archive) as found:
        assert found.samples["12_1/00002"].labels == ()
        assert len(found.notes.warnings) == 2


@pytest.mark.parametrize("table", [None, "id,level\n10_,4\n"])
def test_without_a_table_there_are_no_labels(archive, table):
    (archive / "metadata.csv").unlink()
    if table:
        (archive / "metadata.csv").write_text(table)
    with Converted("Thyroid-Cineclip", archive) as found:
        assert len(found.samples) == 4
        assert {sample.labels for sample in found.samples.values()} == {()}
        assert len(found.notes.warnings) == 1


@pytest.mark.parametrize(
    ("other", "says"),
    [({"annot_id": None}, "annot_id"), ({"frame_num": np.zeros(3, int)}, "one length")],
)
def test_a_file_with_other_columns_is_an_error(tmp_path, other, says):
    write_clips(tmp_path, [block()] * 4, **other)
    with pytest.raises(InputError, match=says):
        Converted("Thyroid-Cineclip", tmp_path)


def test_no_file_or_a_damaged_one_is_an_error(tmp_path):
    (tmp_path / "metadata.csv").write_text(HEAD)
    with pytest.raises(InputError, match=r"dataset\.hdf5"):
        Converted("Thyroid-Cineclip", tmp_path)
    (tmp_path / "dataset.hdf5").write_bytes(b"\x89HDF\r\n\x1a\n cut off")
    with pytest.raises(InputError, match=r"dataset\.hdf5, .*cannot be read"):
        Converted("Thyroid-Cineclip", tmp_path)
