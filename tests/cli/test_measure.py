import csv
import io
import json

import numpy as np
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

import ultrasam.imaging
from tests.measure.shapes import ellipse
from tests.references import shared
from ultrasam.cli.measure import measure as command
from ultrasam.errors import InputError
from ultrasam.imaging import write_nifti_mask
from ultrasam.measure import measure

app = typer.Typer()
app.command()(command)


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def mask(tmp_path):
    mask = ellipse(90, 60, 20)
    Image.fromarray(mask.astype(np.uint8) * 255).save(tmp_path / "lesion.png")
    return mask


def write_nifti(path, array, spacing):
    import SimpleITK

    image = SimpleITK.GetImageFromArray(array)
    image.SetSpacing(spacing)
    SimpleITK.WriteImage(image, str(path))


def test_one_row_for_each_mask_as_csv(tmp_path, mask):
    Image.fromarray(np.eye(5, dtype=np.uint8)).save(tmp_path / "line.png")
    result = run(tmp_path / "lesion.png", tmp_path / "line.png", "--spacing", "0.1,0.2")
    assert result.exit_code == 0
    rows = table(result.stdout)
    assert [row["file"] for row in rows] == [str(tmp_path / name) for name in ("lesion.png", "line.png")]
    for name, value in measure(mask, (0.1, 0.2)).to_dict().items():
        assert float(rows[0][name]) == pytest.approx(value, rel=1e-5)
    assert rows[1]["area_px"] == "5"


def test_without_calibration_there_are_no_millimetres(tmp_path, mask):
    row = table(run(tmp_path).stdout)[0]
    assert row["area_px"] == str(mask.sum())
    assert row["area_mm2"] == row["perimeter_mm"] == row["spacing_x_mm"] == ""


def test_json_has_every_digit(tmp_path, mask):
    rows = json.loads(run(tmp_path, "--json").stdout)
    assert rows == [{"file": str(tmp_path / "lesion.png"), "frame": 0, **measure(mask).to_dict()}]


@pytest.mark.parametrize("as_json", [False, True])
def test_a_file_is_written_instead(tmp_path, mask, as_json):
    target = tmp_path / "new" / "table"
    result = run(tmp_path / "lesion.png", "--out", target, *["--json"][:as_json])
    assert (result.exit_code, result.stdout) == (0, "")
    text = target.read_text()
    rows = json.loads(text) if as_json else table(text)
    assert int(rows[0]["area_px"]) == mask.sum()


def test_a_bad_file_is_named_and_the_others_are_measured(tmp_path, mask):
    (tmp_path / "broken.png").write_bytes(b"not an image")
    result = run(tmp_path / "broken.png", tmp_path / "lesion.png", tmp_path / "absent.png")
    assert result.exit_code == 2
    assert [row["file"] for row in table(result.stdout)] == [str(tmp_path / "lesion.png")]
    assert "broken.png: Expected" in result.stderr
    assert "absent.png" in result.stderr
    assert "2 of 3 files could not be measured" in result.stderr


def test_overlays_beside_masks_are_no_masks(tmp_path, mask):
    overlay = tmp_path / "lesion_overlay.png"
    overlay.write_bytes((tmp_path / "lesion.png").read_bytes())
    assert [row["file"] for row in table(run(tmp_path).stdout)] == [str(tmp_path / "lesion.png")]
    assert len(table(run(overlay).stdout)) == 1, "unless one is named"


def test_all_bad_still_gives_the_head_of_the_table(tmp_path):
    result = run(tmp_path / "absent.png")
    assert result.exit_code == 2
    assert result.stdout.startswith("file,frame,area_px,")


def test_an_empty_mask_has_no_area(tmp_path):
    Image.new("L", (30, 20)).save(tmp_path / "empty.png")
    row = table(run(tmp_path / "empty.png").stdout)[0]
    assert (row["area_px"], row["components"], row["perimeter_px"]) == ("0", "0", "")


def test_labels_are_measured_one_by_one(tmp_path):
    numbered = np.zeros((40, 60), np.uint8)
    numbered[5:10, 5:25], numbered[20:35, 30:50] = 1, 3
    Image.fromarray(numbered).save(tmp_path / "organs.png")
    rows = table(run(tmp_path / "organs.png", "--labels").stdout)
    assert [(row["label"], row["area_px"]) for row in rows] == [("1", "100"), ("3", "300")]
    assert table(run(tmp_path / "organs.png").stdout)[0]["area_px"] == "400"


def test_a_volume_of_masks_gives_one_row_for_each_frame(tmp_path, mask):
    frames = np.stack([np.zeros_like(mask), mask, np.roll(mask, 3, axis=1)])
    write_nifti_mask(tmp_path / "cine_mask.nii.gz", frames, (0.5, 0.25))
    rows = table(run(tmp_path / "cine_mask.nii.gz").stdout)
    assert [(row["frame"], int(row["area_px"])) for row in rows] == [(str(n), frames[n].sum()) for n in range(3)]
    assert [float(row["area_mm2"]) for row in rows] == pytest.approx(frames.sum(axis=(1, 2)) * 0.125, rel=1e-5)
    rows = table(run(tmp_path / "cine_mask.nii.gz", "--labels").stdout)
    assert [(row["frame"], row["label"]) for row in rows] == [("1", "1"), ("2", "1")]


@pytest.mark.parametrize("error", [MemoryError(), PermissionError("the disk says no")])
def test_one_file_that_fails_otherwise_does_not_lose_the_rows_of_the_others(tmp_path, mask, monkeypatch, error):
    def read_label_frames(path):
        if path.name == "large.png":
            raise error
        return original(path)

    original = ultrasam.imaging.read_label_frames
    Image.new("L", (30, 20)).save(tmp_path / "large.png")
    monkeypatch.setattr(ultrasam.imaging, "read_label_frames", read_label_frames)
    result = run(tmp_path / "large.png", tmp_path / "lesion.png")
    assert result.exit_code == 2
    assert [row["file"] for row in table(result.stdout)] == [str(tmp_path / "lesion.png")]
    assert f"large.png: {str(error) or 'not enough memory'}" in result.stderr


def test_a_mask_files_own_calibration_is_used(tmp_path):
    write_nifti(tmp_path / "mask.nii.gz", np.ones((1, 20, 30), np.uint8), (0.5, 0.25, 1))
    row = table(run(tmp_path / "mask.nii.gz").stdout)[0]
    assert (row["area_px"], row["area_mm2"]) == ("600", "75")
    row = table(run(tmp_path / "mask.nii.gz", "--spacing", "1").stdout)[0]
    assert row["area_mm2"] == "600"


def test_the_images_calibration_is_used(tmp_path, mask):
    write_nifti(tmp_path / "scan.nii.gz", np.zeros((1, *mask.shape), np.uint8), (0.5, 0.25, 1))
    row = table(run(tmp_path / "lesion.png", "--image", tmp_path / "scan.nii.gz").stdout)[0]
    assert float(row["area_mm2"]) == pytest.approx(mask.sum() * 0.125, rel=1e-5)


def test_a_mask_of_another_size_than_its_image_is_refused(tmp_path, mask):
    Image.new("L", (30, 20)).save(tmp_path / "scan.png")
    result = run(tmp_path / "lesion.png", "--image", tmp_path / "scan.png")
    assert result.exit_code == 2
    assert "of the image's size 20 x 30 (rows x columns)" in result.stderr


def test_the_region_of_a_dicom_file_calibrates_its_masks(tmp_path):
    import pydicom

    from ultrasam.imaging import read

    scans = [path for path in sorted(shared("dicom").rglob("*")) if is_calibrated(path)]
    assert scans
    header = pydicom.dcmread(scans[0], stop_before_pixels=True)
    region = header.SequenceOfUltrasoundRegions[0]
    x0, y0 = region.RegionLocationMinX0, region.RegionLocationMinY0
    drawn = np.zeros(read(scans[0]).size_hw, np.uint8)
    drawn[y0 + 50 : y0 + 60, x0 + 50 : x0 + 70] = 255
    Image.fromarray(drawn).save(tmp_path / "mask.png")
    row = table(run(tmp_path / "mask.png", "--image", scans[0]).stdout)[0]
    expected = 200 * abs(region.PhysicalDeltaX * region.PhysicalDeltaY) * 100
    assert float(row["area_mm2"]) == pytest.approx(expected, rel=1e-5)


def is_calibrated(path):
    import pydicom

    if not path.is_file():
        return False
    try:
        header = pydicom.dcmread(path, stop_before_pixels=True)
    except pydicom.errors.InvalidDicomError:
        return False
    regions = header.get("SequenceOfUltrasoundRegions") or []
    return len(regions) == 1 and regions[0].PhysicalUnitsXDirection == 3 and regions[0].RegionDataType == 1


@pytest.mark.parametrize("spacing", ["0", "-1", "a", "1,2,3", "nan", ""])
def test_impossible_spacing_is_refused(tmp_path, mask, spacing):
    result = run(tmp_path, "--spacing", spacing)
    assert result.exit_code != 0
    assert "Expected" in str(result.exception) + result.stderr


def test_two_calibrations_are_one_too_many(tmp_path, mask):
    result = run(tmp_path, "--spacing", "1", "--image", tmp_path / "lesion.png")
    assert isinstance(result.exception, InputError)
