"""CAMUS: real files of both packings, and half sequences made in the layout."""

import zipfile

import numpy as np
import pytest

from tests.corpus.converters.cines import frames, volume
from tests.corpus.converters.made import Converted, block
from tests.references import shared
from ultrasam.corpus.reading.stacks import close_stacks
from ultrasam.corpus.sample import Unreadable

CLASSES = ("left_ventricle", "left_ventricle_myocardium", "left_atrium")
# Checked by eye on overlays; another conversion of the same files, in COCO format, has the same areas.
REAL = {
    "patient0001/4CH/ED": (33394, 16164, 11410),
    "patient0001/4CH/ES": (18264, 15758, 17718),
    "patient0002/4CH/ED": (39310, 23978, 13643),
    "patient0002/4CH/ES": (26948, 19061, 18034),
}
# Twice as many as there, where pixels are square: within 1 % of it.
REAL_OLD = {"patient0003/4CH/ED": (72187, 53392, 25733), "patient0003/4CH/ES": (43448, 53116, 29421)}
INFO = "ED: {}\nES: {}\nNbFrame: 3\nSex: F\nAge: 56\nImageQuality: Good\nEF: 54.5\nFrameRate: 40.0\n"


@pytest.fixture(autouse=True)
def closed():
    yield
    close_stacks()


def pieces(*areas):
    return list(zip(CLASSES, areas, strict=True))


def test_real_files_have_the_structures_that_were_seen():
    with Converted("CAMUS", shared("native/CAMUS")) as camus:
        assert {name: camus.areas(name) for name in camus.samples} == {n: pieces(*areas) for n, areas in REAL.items()}
        samples = camus.samples.values()
        assert {(sample.split, sample.patient, sample.sequence) for sample in samples} == {
            ("train", patient, f"{patient}/4CH") for patient in ("patient0001", "patient0002")
        }
        assert [dict(sample.labels) for sample in samples] == [{"view": "4CH", "phase": p} for p in ("ED", "ES")] * 2
        picture = camus.picture("patient0001/4CH/ED")
        assert (picture.size_hw, picture.spacing_mm) == ((389, 549), (0.308, 0.308))
        assert not camus.notes.skipped
        assert len(camus.notes.warnings) == 1


@pytest.mark.parametrize("is_packed", [False, True])
def test_real_files_of_the_older_packing(tmp_path, is_packed):
    place = shared("native/CAMUS_mhd_5patients")
    if is_packed:
        with zipfile.ZipFile(tmp_path / "camus.zip", "w", zipfile.ZIP_STORED) as archive:
            for file in sorted(place.glob("*/*")):
                archive.write(file, f"training/{file.parent.name}/{file.name}")
        place = tmp_path / "camus.zip"
    with Converted("CAMUS", place) as camus:
        assert {name: camus.areas(name) for name in camus.samples} == {
            name: pieces(*areas) for name, areas in REAL_OLD.items()
        }
        picture = camus.picture("patient0003/4CH/ED")
        assert (picture.size_hw, picture.spacing_mm) == ((973, 591), (0.308, 0.154))
        assert not camus.notes.skipped
        assert [path.rpartition("/")[2] for path in camus.notes.unused] == ["patient0003_4CH_sequence.mhd"]


@pytest.fixture
def made(tmp_path):
    """One patient: a half sequence of three frames in one view, ED and ES in the other."""
    folder = tmp_path / "database_nifti/patient0007"
    masks = np.stack([block(value=1), block(slice(14, 20), value=3), block(value=0)])
    masks[0, 4, 6:9] = 2
    volume(folder / "patient0007_2CH_half_sequence.nii.gz", frames(3).astype(np.float32))
    volume(folder / "patient0007_2CH_half_sequence_gt.nii.gz", masks.astype(np.float32))
    for seed, (view, part) in enumerate((v, p) for v in ("2CH", "4CH") for p in ("ED", "ES")):
        volume(folder / f"patient0007_{view}_{part}.nii.gz", frames(1, seed=seed)[0])
        volume(folder / f"patient0007_{view}_{part}_gt.nii.gz", block(value=1))
    (folder / "Info_2CH.cfg").write_text(INFO.format(3, 1))
    (folder / "Info_4CH.cfg").write_text(INFO.format(1, 3).replace("EF:", "LVef:").replace("Good", "Poor"))
    lists = tmp_path / "database_split"
    lists.mkdir()
    for name, patients in (
        ("training", ""),
        ("validation", "patient0001\n"),
        ("testing", "patient0001\npatient0007\n"),
    ):
        (lists / f"subgroup_{name}.txt").write_text(patients)
    return tmp_path


def test_a_half_sequence_is_all_its_frames_and_replaces_ed_and_es(made):
    with Converted("CAMUS", made) as camus:
        assert list(camus.samples) == [
            *(f"patient0007/2CH/{index:04}" for index in range(3)),
            "patient0007/4CH/ED",
            "patient0007/4CH/ES",
        ]
        assert [camus.areas(name) for name in camus.samples] == [
            [("left_ventricle", 109), ("left_ventricle_myocardium", 3)],
            [("left_atrium", 84)],
            [],
            [("left_ventricle", 112)],
            [("left_ventricle", 112)],
        ]
        np.testing.assert_array_equal(camus.picture("patient0007/2CH/0001").pixels, frames(3)[1])
        assert len(camus.notes.unused) == 4 + 3 + 2
        assert not camus.notes.skipped
        assert not camus.notes.warnings


def test_dark_pixels_punch_no_holes(made):
    folder = made / "database_nifti/patient0007"
    volume(folder / "patient0007_4CH_ED.nii.gz", np.where(block() > 0, 0, frames(1)[0]).astype(np.uint8))
    with Converted("CAMUS", made) as camus:
        assert camus.areas("patient0007/4CH/ED") == [("left_ventricle", 112)]


def test_frames_without_a_mask_are_no_negatives(made):
    with Converted("CAMUS", made) as camus:
        assert not any(sample.is_negative_if_empty for sample in camus.samples.values())


def test_the_official_split_and_the_facts_of_each_view_are_kept(made):
    with Converted("CAMUS", made) as camus:
        first, *_, last = camus.samples.values()
        assert {sample.split for sample in camus.samples.values()} == {"test"}
        shared_facts = {"sex": "F", "age": "56", "EF": "54.5"}
        assert dict(first.labels) == {"view": "2CH", "image quality": "Good", "phase": "ES", **shared_facts}
        assert dict(last.labels) == {"view": "4CH", "image quality": "Poor", "phase": "ES", **shared_facts}
        assert [dict(sample.labels).get("phase") for sample in camus.samples.values()] == ["ES", None, "ED", "ED", "ES"]
        assert [sample.frame for sample in camus.samples.values()] == [0, 1, 2, 0, 2]


@pytest.mark.parametrize(("name", "part"), [("training", "train"), ("validation", "val"), ("testing", "test")])
def test_each_list_has_its_part(made, name, part):
    for file in made.glob("database_split/*"):
        file.write_text("patient0007\n" if file.stem == f"subgroup_{name}" else "patient0001\n")
    with Converted("CAMUS", made) as camus:
        assert {sample.split for sample in camus.samples.values()} == {part}


def test_phases_are_not_said_of_frames_that_are_counted_in_another_sequence(made):
    (made / "database_nifti/patient0007/Info_2CH.cfg").write_text(INFO.format(2, 9))
    with Converted("CAMUS", made) as camus:
        assert "phase" not in dict(camus.samples["patient0007/2CH/0000"].labels)


def test_without_lists_and_facts_there_is_a_warning_each(made):
    for file in (*made.glob("database_split/*"), *made.glob("**/*.cfg")):
        file.unlink()
    with Converted("CAMUS", made) as camus:
        assert {sample.split for sample in camus.samples.values()} == {None}
        assert len(camus.notes.warnings) == 2


@pytest.mark.parametrize("damage", ["no mask", "cut off", "fewer masks"])
def test_a_half_sequence_that_cannot_be_used_is_said_and_ed_and_es_are_used(made, damage):
    folder = made / "database_nifti/patient0007"
    mask = folder / "patient0007_2CH_half_sequence_gt.nii.gz"
    if damage == "no mask":
        mask.unlink()
    elif damage == "fewer masks":
        volume(mask, np.stack([block(), block()]))
    else:
        (folder / "patient0007_2CH_half_sequence.nii.gz").write_bytes(b"cut off")
    with Converted("CAMUS", made) as camus:
        assert list(camus.samples) == [f"patient0007/{view}/{part}" for view in ("2CH", "4CH") for part in ("ED", "ES")]
        assert [entry.path.rpartition("/")[2] for entry in camus.notes.skipped] == [
            "patient0007_2CH_half_sequence.nii.gz"
        ]


def test_files_without_a_partner_and_other_values_are_reported(made):
    folder = made / "database_nifti/patient0007"
    (folder / "patient0007_4CH_ED.nii.gz").unlink()
    (folder / "patient0007_4CH_ES_gt.nii.gz").unlink()
    volume(folder / "patient0007_2CH_half_sequence_gt.nii.gz", np.stack([block(value=4)] * 3))
    with Converted("CAMUS", made) as camus:
        assert [entry.path.rpartition("/")[2] for entry in camus.notes.skipped] == [
            "patient0007_4CH_ES.nii.gz",
            "patient0007_4CH_ED_gt.nii.gz",
        ]
        objects, remarks = camus.annotations("patient0007/2CH/0000")
        assert objects == []
        assert [remark.detail for remark in remarks] == ["value 4"]


def test_a_corrupt_mask_is_found_when_it_is_read(made):
    (made / "database_nifti/patient0007/patient0007_4CH_ED_gt.nii.gz").write_bytes(b"nothing")
    with Converted("CAMUS", made) as camus, pytest.raises(Unreadable, match="4CH_ED_gt"):
        camus.areas("patient0007/4CH/ED")


def test_a_header_without_its_pixels_is_reported(tmp_path):
    for part in ("ED", "ED_gt", "ES", "ES_gt"):
        (tmp_path / f"patient0001_4CH_{part}.mhd").write_text("ObjectType = Image\n")
        if part != "ED_gt":
            (tmp_path / f"patient0001_4CH_{part}.raw").write_bytes(b"")
    with Converted("CAMUS", tmp_path) as camus:
        assert list(camus.samples) == ["patient0001/4CH/ES"]
        assert [entry.path for entry in camus.notes.skipped] == ["patient0001_4CH_ED.mhd"]


def test_another_layout_makes_nothing(tmp_path):
    volume(tmp_path / "patient0001_4CH.nii.gz", block())
    with Converted("CAMUS", tmp_path) as camus:
        assert not camus.samples
