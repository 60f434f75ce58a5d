"""CardiacUDC: small volumes made in the layout, as a folder and as Kaggle's renamed archive in parts."""

import cv2
import numpy as np
import pytest

from tests.corpus.converters.cines import frames, volume
from tests.corpus.converters.made import Converted
from tests.corpus.source.archive_files import split_zip, zip_of
from ultrasam.corpus.reading.stacks import close_stacks

SIZE_HW = (48, 64)
EMPTY = np.zeros(SIZE_HW, np.uint8)


@pytest.fixture(autouse=True)
def closed():
    yield
    close_stacks()


def box(value, rows=(10, 40), columns=(20, 50), thickness=-1, canvas=EMPTY):
    """A rectangle, filled or as a line, drawn over a canvas."""
    (top, bottom), (left, right) = rows, columns
    return cv2.rectangle(canvas.copy(), (left, top), (right - 1, bottom - 1), value, thickness)


def write(folder, name, *labels):
    volume(folder / f"{name}_image.nii.gz", frames(len(labels), SIZE_HW, seed=len(name)))
    volume(folder / f"{name}_label.nii.gz", np.stack(labels))


@pytest.fixture
def made(tmp_path):
    """Filled structures of one site, outlines of all frames, and a site without labels."""
    root = tmp_path / "cardiacUDC_dataset"
    solid = box(1, (20, 30), (28, 40), canvas=box(5))
    outlines = box(1, (20, 32), (30, 42), 1, canvas=box(5, thickness=1))
    write(root / "Site_G_20", "patient-1-4", EMPTY, solid, box(2, (2, 4), (3, 5)))
    write(root / "Site_R_52", "patient-1-4", box(4))
    write(root / "label_all_frame", "normal-1-4", outlines, box(6, thickness=1))
    volume(root / "Site_R_73/patient-9-4_image.nii.gz", frames(2, SIZE_HW))
    return tmp_path


def areas(found):
    return {name: found.areas(name) for name in found.samples}


def test_the_wall_is_the_ring_around_the_ventricle_filled_or_outlined(made):
    with Converted("CardiacUDC", made) as found:
        ring = [("left_ventricle", 10 * 12), ("left_ventricle_myocardium", 30 * 30 - 10 * 12)]
        assert found.areas("Site_G_20/patient-1-4/0001") == ring
        ring = [("left_ventricle", 12 * 12), ("left_ventricle_myocardium", 30 * 30 - 12 * 12)]
        assert found.areas("label_all_frame/normal-1-4/0000") == ring
        assert found.areas("label_all_frame/normal-1-4/0001") == [("left_ventricle_2", 30 * 30)]
        assert found.areas("Site_R_52/patient-1-4/0000") == [("right_ventricle", 30 * 30)]


def test_small_objects_are_kept_and_frames_without_any_are_no_negatives(made):
    with Converted("CardiacUDC", made) as found:
        assert found.areas("Site_G_20/patient-1-4/0002") == [("left_atrium", 4)]
        assert found.areas("Site_G_20/patient-1-4/0000") == []
        assert not any(sample.is_negative_if_empty for sample in found.samples.values())


def test_open_outlines_are_closed_or_left_out_and_said(made):
    gap = box(2, thickness=1)
    gap[10, 30:36] = 0
    wide = box(3, thickness=1)
    wide[10, :] = 0
    wide[11:25, 20] = 0
    write(made / "cardiacUDC_dataset/label_all_frame", "patient-2-4", gap, wide, box(5, thickness=1))
    with Converted("CardiacUDC", made) as found:
        names = [f"label_all_frame/patient-2-4/{index:04}" for index in range(3)]
        ((category, mask),), remarks = found.annotations(names[0])
        assert category == "left_atrium"
        assert abs(int(mask.sum()) - 900) < 20
        assert [remark.kind for remark in remarks] == ["outline with gaps, closed"]
        for name, kind in zip(names[1:], ("open outline", "outline around something"), strict=True):
            objects, remarks = found.annotations(name)
            assert objects == []
            assert [remark.kind.startswith(kind) for remark in remarks] == [True]


def test_images_and_labels_are_turned_upright_alike(made):
    with Converted("CardiacUDC", made) as found:
        name = "Site_G_20/patient-1-4/0001"
        np.testing.assert_array_equal(found.picture(name).pixels, frames(3, SIZE_HW, seed=11)[1, ::-1, ::-1])
        wall = found.annotations(name)[0][1][1]
        np.testing.assert_array_equal(wall[::-1, ::-1], box(1, (20, 30), (28, 40), canvas=box(5)) == 5)


def test_patients_are_those_of_a_site_and_videos_are_sequences(made):
    write(made / "cardiacUDC_dataset/Site_G_20", "patient-1-7", box(1))
    with Converted("CardiacUDC", made) as found:
        assert sorted((s.patient, s.sequence, s.frame) for s in found.samples.values()) == [
            *(("Site_G_20/patient-1", "Site_G_20/patient-1-4", frame) for frame in range(3)),
            ("Site_G_20/patient-1", "Site_G_20/patient-1-7", 0),
            ("Site_R_52/patient-1", "Site_R_52/patient-1-4", 0),
            *(("label_all_frame/normal-1", "label_all_frame/normal-1-4", frame) for frame in range(2)),
        ]
        assert dict(found.samples["label_all_frame/normal-1-4/0000"].labels) == {
            "site": "label_all_frame",
            "group": "normal",
        }
        assert {sample.split for sample in found.samples.values()} == {None}


def test_videos_without_labels_and_damaged_ones_are_reported(made):
    (made / "cardiacUDC_dataset/Site_R_52/patient-1-4_image.nii.gz").write_bytes(b"cut off")
    with Converted("CardiacUDC", made) as found:
        assert {entry.path: entry.reason.split(",")[0] for entry in found.notes.skipped} == {
            "cardiacUDC_dataset/Site_R_73/patient-9-4_image.nii.gz": "Expected a mask for this image",
            "cardiacUDC_dataset/Site_R_52/patient-1-4_image.nii.gz": "Expected a volume in "
            "cardiacUDC_dataset/Site_R_52/patient-1-4_image.nii.gz",
        }
        assert {sample.labels[0][1] for sample in found.samples.values()} == {"Site_G_20", "label_all_frame"}


def test_values_outside_the_legend_are_reported(made):
    write(made / "cardiacUDC_dataset/Site_G_29", "patient-3-4", box(7))
    with Converted("CardiacUDC", made) as found:
        objects, remarks = found.annotations("Site_G_29/patient-3-4/0000")
        assert objects == []
        assert [remark.detail for remark in remarks] == ["value 7"]


@pytest.mark.parametrize("is_in_an_archive", [False, True])
def test_the_archive_of_several_parts_with_a_renamed_last_one_is_read_as_it_is(made, is_in_an_archive):
    with Converted("CardiacUDC", made) as found:
        expected = areas(found)
    root = made / "cardiacUDC_dataset"
    whole = zip_of({str(file.relative_to(made)): file.read_bytes() for file in sorted(root.rglob("*.nii.gz"))})
    parts = split_zip(whole, 4000)
    assert len(parts) > 2
    endings = [*(f"z{number:02}" for number in range(1, len(parts))), "change2zip"]
    named = {f"cardiacUDC_dataset.{ending}": part for ending, part in zip(endings, parts, strict=True)}
    place = made / "downloads"
    place.mkdir()
    for name, part in ({"cardiacUDC.zip": zip_of(named)} if is_in_an_archive else named).items():
        (place / name).write_bytes(part)
    with Converted("CardiacUDC", place) as found:
        assert areas(found) == expected
        assert len(found.notes.skipped) == 1
        close_stacks()


def test_another_layout_makes_nothing(tmp_path):
    volume(tmp_path / "Site_G_20/patient-1-4.nii.gz", EMPTY)
    with Converted("CardiacUDC", tmp_path) as found:
        assert not found.samples
