"""EchoCP: small volumes made in the layout."""

import numpy as np
import pytest

from tests.corpus.converters.cines import frames, volume
from tests.corpus.converters.made import Converted, block, excel
from tests.corpus.source.archive_files import split_zip, zip_of
from ultrasam.corpus.reading.stacks import close_stacks

#: Two chambers that touch.
TWO = np.where(np.arange(32) < 12, block(value=1), block(value=4))


@pytest.fixture(autouse=True)
def closed():
    yield
    close_stacks()


@pytest.fixture
def made(tmp_path):
    """Both videos of a patient and one of another."""
    for name in ("001_r", "001_v", "012_r"):
        volume(tmp_path / f"EchoCP_dataset/{name}_image.nii.gz", frames(2))
        volume(tmp_path / f"EchoCP_dataset/{name}_label.nii.gz", np.stack([TWO, block(value=0)]))
    excel(
        tmp_path / "echoCP_diagnosis_label.xlsx",
        ("Idx", "Action", "PFO level (o indicates No PFO)"),
        (1, "r", 0),
        (1, "Valsalva", 2),
        (12, "rest", ""),
    )
    return tmp_path


def test_each_value_is_a_chamber_of_its_own_even_where_they_touch(made):
    with Converted("EchoCP", made) as found:
        assert found.areas("001_r/0000") == [("chamber_1", 8 * 6), ("chamber_4", 8 * 8)]


def test_other_values_are_reported(made):
    volume(made / "EchoCP_dataset/001_r_label.nii.gz", np.stack([block(value=5)] * 2))
    with Converted("EchoCP", made) as found:
        objects, remarks = found.annotations("001_r/0000")
        assert objects == []
        assert [remark.detail for remark in remarks] == ["value 5"]


def test_frames_without_a_mask_are_no_negatives(made):
    with Converted("EchoCP", made) as found:
        assert found.areas("001_r/0001") == []
        assert not any(sample.is_negative_if_empty for sample in found.samples.values())


def test_both_videos_of_a_patient_stay_together(made):
    with Converted("EchoCP", made) as found:
        assert [(s.patient, s.sequence, s.frame) for s in found.samples.values()] == [
            (video[:3], video, frame) for video in ("001_r", "001_v", "012_r") for frame in range(2)
        ]


def test_the_diagnosis_and_the_manoeuvre_are_labels(made):
    with Converted("EchoCP", made) as found:
        assert [dict(found.samples[f"{video}/0000"].labels) for video in ("001_r", "001_v", "012_r")] == [
            {"manoeuvre": "rest", "PFO level": "0"},
            {"manoeuvre": "Valsalva", "PFO level": "2"},
            {"manoeuvre": "rest"},
        ]
        assert not found.notes.warnings


@pytest.mark.parametrize("columns", [None, ("Number", "Level")])
def test_without_the_table_there_is_a_warning(made, columns):
    (made / "echoCP_diagnosis_label.xlsx").unlink()
    if columns:
        excel(made / "echoCP_diagnosis_label.xlsx", columns)
    with Converted("EchoCP", made) as found:
        assert dict(found.samples["001_r/0000"].labels) == {"manoeuvre": "rest"}
        assert len(found.notes.warnings) == 1


def test_images_and_labels_are_turned_upright_alike(made):
    with Converted("EchoCP", made) as found:
        np.testing.assert_array_equal(found.picture("001_r/0000").pixels, frames(2)[0, ::-1, ::-1])
        np.testing.assert_array_equal(found.annotations("001_r/0000")[0][0][1][::-1, ::-1], TWO == 1)


def test_what_cannot_be_used_is_reported(made):
    folder = made / "EchoCP_dataset"
    (folder / "001_v_label.nii.gz").unlink()
    (folder / "012_r_image.nii.gz").write_bytes(b"cut off")
    for name in ("image", "label"):
        volume(folder / f"13_x_{name}.nii.gz", block())
    with Converted("EchoCP", made) as found:
        assert list(found.samples) == ["001_r/0000", "001_r/0001"]
        assert sorted(entry.path.rpartition("/")[2] for entry in found.notes.skipped) == [
            "001_v_image.nii.gz",
            "012_r_image.nii.gz",
            "13_x_image.nii.gz",
        ]


def test_the_archive_of_several_parts_with_a_renamed_last_one_is_read_as_it_is(made):
    place = made / "downloads"
    place.mkdir()
    files = sorted((made / "EchoCP_dataset").iterdir())
    *parts, last = split_zip(zip_of({f"EchoCP_dataset/{file.name}": file.read_bytes() for file in files}), 1500)
    for name, part in [*((f"z{number:02}", part) for number, part in enumerate(parts, 1)), ("change2zip", last)]:
        (place / f"EchoCP_dataset.{name}").write_bytes(part)
    with Converted("EchoCP", place) as found:
        assert found.areas("012_r/0000") == [("chamber_1", 48), ("chamber_4", 64)]
        close_stacks()
