import gzip
import sys
import tracemalloc

import nibabel
import numpy as np
import pytest
import SimpleITK

from tests.references import shared
from ultrasam.errors import ImageError, MissingExtraError
from ultrasam.imaging import limits, read

CINE = np.random.default_rng(0).integers(0, 256, (4, 5, 7)).astype(np.uint8)
NAMES = ["x.nii", "x.nii.gz", "x.mha", "x.mhd", "x.nrrd"]


def saved(path, array, spacing=None, *, vector=False, compressed=False):
    image = SimpleITK.GetImageFromArray(array, isVector=vector)
    if spacing:
        image.SetSpacing(spacing)
    SimpleITK.WriteImage(image, str(path), useCompression=compressed or path.name.endswith(".gz"))
    return path


def frames(path):
    return np.stack([frame.pixels for frame in read(path)])


@pytest.mark.parametrize(
    ("name", "compressed"), [(name, False) for name in NAMES] + [(name, True) for name in NAMES[2:]]
)
def test_pixels_and_spacing(tmp_path, name, compressed):
    path = saved(tmp_path / name, CINE, (0.2, 0.3, 1.5), compressed=compressed)
    image = read(path)
    assert image.shape == (4, 5, 7)
    assert image.spacing_mm == (0.2, 0.3)
    assert "header)" in image.calibration
    for index in (2, 0, 3, 1):
        assert (image.frame(index).pixels == CINE[index]).all()


def test_nifti_axes_are_x_y_frame(tmp_path):
    nibabel.save(nibabel.Nifti1Image(CINE.transpose(2, 1, 0), np.diag([0.2, 0.3, 1, 1])), tmp_path / "x.nii.gz")
    image = read(tmp_path / "x.nii.gz")
    assert (np.stack([frame.pixels for frame in image]) == CINE).all()
    assert image.spacing_mm == (0.2, 0.3)


@pytest.mark.parametrize(("unit", "factor"), [("mm", 1), ("micron", 1e-3), ("meter", 1e3), ("unknown", 1)])
def test_nifti_units_become_mm(tmp_path, unit, factor):
    image = nibabel.Nifti1Image(CINE[0].T, np.diag([0.2 / factor, 0.3 / factor, 1 / factor, 1]))
    image.header.set_xyzt_units(unit)
    nibabel.save(image, tmp_path / "x.nii")
    assert read(tmp_path / "x.nii").spacing_mm == pytest.approx((0.2, 0.3))


def test_an_orientation_does_not_turn_the_picture(tmp_path):
    affine = np.array([[0, -0.3, 0, 5], [0.2, 0, 0, -3], [0, 0, 1, 0], [0, 0, 0, 1]])
    nibabel.save(nibabel.Nifti1Image(CINE.transpose(2, 1, 0), affine), tmp_path / "x.nii")
    assert (frames(tmp_path / "x.nii") == CINE).all()


@pytest.mark.parametrize("name", NAMES)
def test_spacing_1_means_not_known(tmp_path, name):
    assert read(saved(tmp_path / name, CINE)).calibration == "not calibrated"


def test_the_fourth_axis_is_time_where_the_third_has_one_slice(tmp_path):
    nibabel.save(nibabel.Nifti1Image(CINE.transpose(2, 1, 0)[:, :, None], np.eye(4)), tmp_path / "x.nii")
    image = read(tmp_path / "x.nii")
    assert image.shape == (4, 5, 7)
    assert (image.frame(3).pixels == CINE[3]).all()


def test_volumes_over_time_are_refused(tmp_path):
    nibabel.save(nibabel.Nifti1Image(np.zeros((7, 5, 2, 3), np.uint8), np.eye(4)), tmp_path / "x.nii")
    with pytest.raises(ImageError, match="7 x 5 x 2 x 3 pixels: save each volume"):
        read(tmp_path / "x.nii")


@pytest.mark.parametrize("name", ["x.nii", "x.nii.gz", "x.mha", "x.nrrd"])
def test_colours(tmp_path, name):
    colours = np.random.default_rng(1).integers(0, 256, (2, 5, 7, 3)).astype(np.uint8)
    image = read(saved(tmp_path / name, colours, (0.2, 0.3, 1), vector=True))
    assert image.shape == (2, 5, 7, 3)
    assert (image.frame(1).pixels == colours[1]).all()


def test_three_slices_without_spacing_are_the_colours_of_one_picture(tmp_path):
    path = saved(tmp_path / "x.mha", CINE[:3])
    assert (frames(path)[0] == CINE[:3].transpose(1, 2, 0)).all()
    calibrated = saved(tmp_path / "y.mha", CINE[:3], (0.2, 0.2, 0.2))
    assert (frames(calibrated) == CINE[:3]).all()
    assert (frames(saved(tmp_path / "z.nii.gz", CINE[:3])) == CINE[:3]).all()


@pytest.mark.parametrize(
    ("array", "scaled"),
    [
        (CINE.astype(np.int16), CINE),
        (CINE.astype(np.float32), CINE),
        (CINE.astype(np.float64) / 255, CINE),
        (CINE.astype(np.uint16) * 16, np.rint(CINE * 16.0 * 255 / 4095)),
    ],
)
def test_other_number_types_are_scaled_over_all_frames(tmp_path, array, scaled):
    path = saved(tmp_path / "x.mha", array, (0.2, 0.3, 1))
    assert (frames(path) == scaled).all()
    assert "grey values" in read(path).source.details


def test_a_deep_volume_takes_little_more_memory_than_it_has(tmp_path):
    array = np.arange(64 * 128 * 128, dtype=np.int16).reshape(64, 128, 128)
    path = saved(tmp_path / "x.nii", array, (0.2, 0.3, 1))
    read(path)
    tracemalloc.start()
    try:
        image = read(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * (array.nbytes + array.size)
    assert image.shape == array.shape


def test_a_compressed_volume_that_claims_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", CINE.nbytes - 1)
    for name in ("x.nii.gz", "x.nrrd", "x.mha"):
        with pytest.raises(ImageError, match=r"at most 139 bytes of compressed pixels"):
            read(saved(tmp_path / name, CINE, compressed=True))
    assert read(saved(tmp_path / "plain.nii", CINE)).shape == CINE.shape


def test_nan_is_refused(tmp_path):
    array = CINE.astype(np.float32)
    array[1, 2, 3:5] = np.nan
    with pytest.raises(ImageError, match=r"finite pixel values in x\.nii\.gz, but 2 are NaN"):
        read(saved(tmp_path / "x.nii.gz", array))


@pytest.mark.parametrize(
    "array",
    [np.zeros((2, 5, 7, 2), np.uint8), np.zeros((2, 5, 7, 4), np.uint8), np.zeros((2, 5, 7), np.complex64)],
)
def test_other_pixels_are_refused(tmp_path, array):
    with pytest.raises(ImageError, match="Expected grey or RGB pixels"):
        read(saved(tmp_path / "x.mha", array, vector=array.ndim == 4))


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
@pytest.mark.parametrize("name", [*NAMES, "compressed.mha", "compressed.nrrd"])
def test_cut_off_files_are_refused_in_silence(tmp_path, capfd, name, share):
    path = saved(tmp_path / name, CINE, compressed=name.startswith("compressed"))
    cut = path.with_suffix(".raw") if name == "x.mhd" else path
    cut.write_bytes(cut.read_bytes()[: int(cut.stat().st_size * share)])
    with pytest.raises(ImageError, match=r"^Expected") as caught:
        read(path).frame(0)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        (b"DimSize = 100000 100000 4", "claims 100,000 x 100,000"),
        (b"DimSize = 5000 5000 9000", "claims 225,000,000,000 bytes, and it holds 140"),
        (b"DimSize = 0 5 4", "^Expected"),
    ],
)
def test_a_header_that_claims_too_much_is_refused(tmp_path, claim, words):
    path = saved(tmp_path / "x.mha", CINE)
    path.write_bytes(path.read_bytes().replace(b"DimSize = 7 5 4", claim))
    with pytest.raises(ImageError, match=words):
        read(path)


def test_pixels_in_a_file_that_is_not_there(tmp_path):
    path = saved(tmp_path / "x.mhd", CINE)
    path.with_suffix(".raw").unlink()
    with pytest.raises(ImageError, match=r"pixels of x\.mhd in 'x\.raw' beside it, but there is no such file"):
        read(path)


@pytest.mark.parametrize("name", NAMES)
def test_content_decides_and_not_the_name(tmp_path, name):
    path = saved(tmp_path / name, CINE, (0.2, 0.3, 1)).rename(tmp_path / "x.png")
    assert (frames(path) == CINE).all()


@pytest.mark.parametrize(("name", "module"), [("x.mha", "SimpleITK"), ("x.nii", "nibabel")])
def test_without_its_library_the_extra_is_named(tmp_path, monkeypatch, name, module):
    path = saved(tmp_path / name, CINE)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf'files need .* {module}: .* "ultrasam\[volumes\]"'):
        read(path)


@pytest.mark.parametrize(
    ("image", "mask", "shape", "spacing"),
    [
        (
            "CAMUS/database_nifti/patient0002/patient0002_4CH_ED.nii.gz",
            "CAMUS/database_nifti/patient0002/patient0002_4CH_ED_gt.nii.gz",
            (1, 584, 748),
            (0.308, 0.308),
        ),
        (
            "CAMUS_mhd_5patients/patient0003/patient0003_4CH_ED.mhd",
            "CAMUS_mhd_5patients/patient0003/patient0003_4CH_ED_gt.mhd",
            (1, 973, 591),
            (0.308, 0.154),
        ),
        ("PSFHS/image_mha/03744.mha", "PSFHS/label_mha/03744.mha", (1, 256, 256, 3), None),
    ],
)
def test_real_volumes_are_upright_and_lie_under_their_masks(image, mask, shape, spacing):
    image, mask = read(shared("native") / image), read(shared("native") / mask)
    assert image.shape == shape
    assert image.spacing_mm == mask.spacing_mm == spacing
    assert image.size_hw == mask.size_hw
    pixels = image.frame(0).pixels.reshape(*image.size_hw, -1)[..., 0]
    # The sector's apex, at the probe, is narrow and on top.
    lit = (pixels > 0).sum(axis=1)
    assert lit[: len(lit) // 8].mean() < lit[len(lit) // 2 : -len(lit) // 8].mean()
    # Masks lie in the sector, not on the black around it.
    assert (pixels[mask.frame(0).pixels > 0] > 0).mean() > 0.9


@pytest.mark.parametrize("packed", [False, True])
def test_nifti_slope_and_intercept_are_applied(tmp_path, packed):
    image = nibabel.Nifti1Image(CINE.transpose(2, 1, 0), np.diag([0.2, 0.3, 1, 1]))
    image.header.set_slope_inter(2, -10)
    path = tmp_path / ("x.nii.gz" if packed else "x.nii")
    path.write_bytes(gzip.compress(image.to_bytes()) if packed else image.to_bytes())
    stored = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))
    assert (stored == CINE * 2.0 - 10).all()
    low, high = stored.min(), stored.max()
    assert (frames(path) == np.rint((stored - low) / (high - low) * 255)).all()


@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
def test_nifti_in_rgb_and_of_either_version(tmp_path, kind):
    colours = np.random.default_rng(1).integers(0, 256, (2, 5, 7, 3)).astype(np.uint8)
    pixels = np.ascontiguousarray(colours.transpose(2, 1, 0, 3)).view([("R", "u1"), ("G", "u1"), ("B", "u1")])
    nibabel.save(kind(pixels[..., 0], np.eye(4)), tmp_path / "x.nii")
    image = read(tmp_path / "x.nii")
    assert image.shape == (2, 5, 7, 3)
    assert (frames(tmp_path / "x.nii") == colours).all()


def test_nifti_of_complex_numbers_is_refused(tmp_path):
    nibabel.save(nibabel.Nifti1Image(np.zeros((7, 5), np.complex64), np.eye(4)), tmp_path / "x.nii")
    with pytest.raises(ImageError, match="Expected grey or RGB pixels"):
        read(tmp_path / "x.nii")
