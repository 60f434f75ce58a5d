"""What of an image is in the archive, as nibabel, pycocotools and this package's own commands read it."""

import csv
import json
import shutil

import nibabel
import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO

import ultrasam
from tests.references import shared
from tests.server.exporting.made_project import (
    CINE,
    about,
    add_cine,
    add_picture,
    ellipse,
    new_id,
    rows_of,
    ruler,
    thing,
)
from ultrasam.corpus.coco.folder import CocoFolder
from ultrasam.imaging import read_labels, read_mask, write_nifti_mask
from ultrasam.measure import measure


def test_masks_and_label_pictures(made):
    size = add_picture(made)
    nerve, vessel = made.put_labels("nerve", "a/b: vessel")
    below, above = ellipse(size, (30, 30), (12, 12)), ellipse(size, (40, 30), (12, 12))
    made.draw("a.png", thing(below, label=vessel, position=0), thing(above, label=nerve, position=1))
    folder, _, _ = made.export("png")
    assert sorted(path.name for path in (folder / "masks").iterdir()) == ["a_1_a_b_ vessel.png", "a_2_nerve.png"]
    np.testing.assert_array_equal(read_mask(folder / "masks/a_1_a_b_ vessel.png"), below)
    np.testing.assert_array_equal(np.unique(Image.open(folder / "masks/a_2_nerve.png")), [0, 255])
    np.testing.assert_array_equal(read_labels(folder / "labels/a.png"), np.where(above, 1, np.where(below, 2, 0)))
    assert json.loads((folder / "labels/classes.json").read_text()) == {"1": "nerve", "2": "a/b: vessel"}
    assert not (folder / "images").exists()


def test_crop_and_redactions_are_in_every_pixel(made):
    size = add_picture(made)
    inside, cut, outside = (ellipse(size, centre, (9, 9)) for centre in ((40, 30), (20, 30), (70, 50)))
    image = about(crop=[20.4, 10, 60, 50.9], redactions=[[30.5, 20.5, 34.5, 22], [0, 0, 24, 12]])
    made.draw("a.png", thing(inside, position=0), thing(cut, position=1), thing(outside, position=2), image)
    folder, said, summary = made.export()

    expected = np.full(size, 100, np.uint8)
    expected[20:22, 30:35] = 0
    expected[0:12, 0:24] = 0
    shown = np.s_[10:50, 21:60]
    np.testing.assert_array_equal(np.asarray(Image.open(folder / "images/a.png")), expected[shown])
    coco = COCO(folder / "coco.json")
    masks = [coco.annToMask(a).astype(bool) for a in coco.loadAnns(coco.getAnnIds())]
    np.testing.assert_array_equal(masks, [inside[shown], cut[shown]])
    np.testing.assert_array_equal(read_mask(folder / "masks/a_2.png"), cut[shown])
    # Measured before the crop, in coordinates of the whole picture.
    rows = rows_of(folder / "measurements.csv")
    assert [int(row["area_px"]) for row in rows] == [inside.sum(), cut.sum()]
    assert float(rows[0]["centroid_x_px"]) == 40
    assert [(one.frame, one.object, one.reason) for one in summary.left_out] == [(0, 3, "It lies outside the crop.")]
    assert said["images"][0]["crop_xyxy"] == [21, 10, 60, 50]
    # On the original file, the NIfTI mask lies where the structure is.
    nifti = nibabel.load(folder / "nifti/a_1.nii.gz")
    np.testing.assert_array_equal(nifti.affine[:2, 3], [-21, -10])
    np.testing.assert_array_equal(np.asarray(nifti.dataobj).T, inside[shown])


def test_a_cine_has_its_annotated_frames(made):
    frames, size = add_cine(made)
    (heart,) = made.put_labels("heart")
    track = new_id()
    masks = {t: ellipse(size, (100 + 5 * t, 120), (30, 20)) for t in (3, 7, 8)}
    items = [thing(mask, frame=t, label=heart, track=track) for t, mask in masks.items()]
    other = ellipse(size, (60, 60), (10, 10))
    made.draw(CINE, *items, thing(other, frame=7, position=1), ruler([10, 10], [40, 50], frame=2))
    folder, _, _ = made.export()

    coco = COCO(folder / "coco.json")
    images = coco.loadImgs(coco.getImgIds())
    assert [image["frame"] for image in images] == [3, 7, 8]
    assert {image["sequence"] for image in images} == {"examples_ybr_color"}
    assert [a["track"] for a in coco.loadAnns(coco.getAnnIds())] == [1, 1, 2, 1]
    with ultrasam.read(made.folder / CINE) as image:
        for entry in images:
            pixels = np.asarray(Image.open(folder / "images" / entry["file_name"]))
            np.testing.assert_array_equal(pixels, image.frame(entry["frame"]).pixels)
        spacing = image.spacing_mm
    stack = np.zeros((frames, *size), np.bool_)
    for t, mask in masks.items():
        stack[t] = mask
    reference = made.place / "reference.nii.gz"
    write_nifti_mask(reference, stack, spacing)
    written = nibabel.load(folder / "nifti/examples_ybr_color_1_heart.nii.gz")
    np.testing.assert_array_equal(np.asarray(written.dataobj), np.asarray(nibabel.load(reference).dataobj))
    assert written.header.binaryblock == nibabel.load(reference).header.binaryblock
    assert [int(row["frame"]) for row in rows_of(folder / "distances.csv")] == [2]


def test_the_nifti_of_one_frame_is_as_the_library_writes_it(made):
    size = add_picture(made)
    mask = ellipse(size, (30, 30), (9, 9))
    made.draw("a.png", thing(mask))
    folder, _, _ = made.export("nifti")
    write_nifti_mask(made.place / "reference.nii.gz", mask, None)
    reference, written = (nibabel.load(p) for p in (made.place / "reference.nii.gz", folder / "nifti/a_1.nii.gz"))
    assert written.header.binaryblock == reference.header.binaryblock
    np.testing.assert_array_equal(np.asarray(written.dataobj), np.asarray(reference.dataobj))
    np.testing.assert_array_equal(read_mask(folder / "nifti/a_1.nii.gz"), mask)


def test_measurements_are_those_of_the_command(made, command, tmp_path):
    """``ultrasam measure`` on the exported mask gives the row of the table, with the file's own calibration."""
    name = "pydicom-data/OBXXXX1A.dcm"
    shutil.copyfile(shared(f"dicom/{name}"), made.folder / "two.dcm")
    with ultrasam.read(made.folder / "two.dcm") as image:
        size, regions = image.size_hw, image.regions
    box = regions[0].box_xyxy
    mask = ellipse(size, ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), (60, 40))
    ends = [[box[0] + 10, box[1] + 10], [box[0] + 40, box[1] + 50]]
    made.draw("two.dcm", thing(mask), ruler(*ends))
    folder, _, _ = made.export("png", "csv")
    code, out, _ = command("measure", folder / "masks/two_1.png", "--image", made.folder / "two.dcm")
    assert code == 0
    (expected,) = csv.DictReader(out.splitlines())
    (row,) = rows_of(folder / "measurements.csv")
    assert float(row["area_mm2"]) > 0
    assert {key: row[key] for key in expected if key not in ("file", "frame")} == {
        key: value for key, value in expected.items() if key not in ("file", "frame")
    }
    assert list(row)[7:-1] == list(expected)[2:]
    assert "SequenceOfUltrasoundRegions" in row["calibration"]
    (distance,) = rows_of(folder / "distances.csv")
    spacing_x, spacing_y = regions[0].spacing_mm
    assert float(distance["length_px"]) == 50
    assert float(distance["length_mm"]) == pytest.approx(np.hypot(30 * spacing_x, 40 * spacing_y), rel=1e-5)


def test_where_the_file_is_not_calibrated_millimetres_are_empty(made):
    size = add_picture(made)
    made.draw("a.png", thing(ellipse(size, (30, 30), (9, 9))), ruler([0, 0], [30, 40]))
    folder, _, _ = made.export("csv")
    (row,), (distance,) = rows_of(folder / "measurements.csv"), rows_of(folder / "distances.csv")
    assert (row["area_mm2"], row["calibration"]) == ("", "not calibrated")
    assert (distance["length_px"], distance["length_mm"], distance["calibration"]) == ("50", "", "not calibrated")


def test_names_are_safe_and_tell_files_apart(made):
    names = ["a.png", "a.bmp", "x/b.png", "x_b.png", "Ä ö.png", "=1+1.png", "con.png"]
    for name in names:
        size = add_picture(made, name)
        made.draw(name, thing(ellipse(size, (30, 30), (9, 9))))
    folder, said, _ = made.export()
    stems = {image["image"]: image["name"] for image in said["images"]}
    assert stems == {
        "a.png": "a_png",
        "a.bmp": "a_bmp",
        "x/b.png": "x_b_png",
        "x_b.png": "x_b_png-2",
        "Ä ö.png": "Ä ö",
        "=1+1.png": "1+1",
        "con.png": "_con",
    }
    assert {path.stem for path in (folder / "images").iterdir()} == set(stems.values())
    assert len(CocoFolder.read(folder).images) == len(names)
    assert "'=1+1.png" in [row["image"] for row in rows_of(folder / "measurements.csv")]


@pytest.mark.parametrize("name", ["a.png", CINE], ids=["picture", "calibrated cine"])
def test_a_given_spacing_is_in_all_formats(made, name):
    size = add_picture(made) if name == "a.png" else add_cine(made)[1]
    spacing, mask = (0.5, 0.25), ellipse(size, (30, 30), (20, 10))
    made.draw(name, thing(mask), ruler([10, 20], [16, 28]), about(spacing_mm=spacing))
    folder, said, _ = made.export()

    (entry,) = json.loads((folder / "coco.json").read_text())["images"]
    assert entry["spacing_mm"] == [0.5, 0.25]
    (path,) = (folder / "nifti").iterdir()
    assert nibabel.load(path).header.get_zooms()[:2] == spacing
    (measured,), (distance,) = (rows_of(folder / f"{table}.csv") for table in ("measurements", "distances"))
    expected = measure(mask, spacing).to_dict()
    for key in ("area_mm2", "perimeter_mm", "ellipse_circumference_mm", "spacing_x_mm", "spacing_y_mm"):
        assert float(measured[key]) == pytest.approx(expected[key], rel=1e-5)
    assert float(distance["length_mm"]) == pytest.approx((3**2 + 2**2) ** 0.5, rel=1e-5)
    words = "0.5 x 0.25 mm per pixel (given by the user)"
    assert (measured["calibration"], distance["calibration"]) == (words, words)
    assert said["images"][0]["given_spacing_mm"] == [0.5, 0.25]
    # Pictures have no place for it; their masks are what they were.
    (picture,) = (folder / "masks").iterdir()
    np.testing.assert_array_equal(read_mask(picture), mask)


def test_a_doubtful_calibration_is_told(made):
    _, size = add_cine(made)
    made.draw(CINE, thing(ellipse(size, (100, 120), (30, 20))), ruler([100, 100], [120, 120]))
    folder, said, _ = made.export("csv")
    for table in ("measurements", "distances"):
        (row,) = rows_of(folder / f"{table}.csv")
        assert "a region reaches beyond the image" in row["calibration"]
    assert said["images"][0]["given_spacing_mm"] is None
