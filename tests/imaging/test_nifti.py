import nibabel
import numpy as np
import pytest

from tests.references import shared
from ultrasam.errors import InputError
from ultrasam.imaging import read, read_mask, write_nifti_mask

MASK = np.zeros((5, 7), bool)
MASK[1:3, 2:6] = True


@pytest.mark.parametrize("name", ["mask.nii", "mask.nii.gz"])
def test_nibabel_reads_x_then_y(tmp_path, name):
    write_nifti_mask(tmp_path / name, MASK, (0.2, 0.3))
    image = nibabel.load(tmp_path / name)
    assert (np.asarray(image.dataobj) == MASK.T).all()
    assert image.get_data_dtype() == np.uint8
    assert image.header.get_zooms() == pytest.approx((0.2, 0.3))
    assert image.header.get_xyzt_units()[0] == "mm"


def test_a_mask_comes_back_as_it_was_written(tmp_path):
    path = tmp_path / "mask.nii.gz"
    write_nifti_mask(path, MASK, (0.2, 0.3))
    assert (read_mask(path) == MASK).all()
    image = read(path)
    assert image.spacing_mm == (0.2, 0.3)
    assert (image.frame(0).pixels == MASK).all()


def test_frames_are_the_third_axis(tmp_path):
    masks = np.stack([MASK, ~MASK, MASK, np.zeros_like(MASK)])
    path = tmp_path / "mask.nii"
    write_nifti_mask(path, masks, (0.2, 0.3))
    assert (np.asarray(nibabel.load(path).dataobj) == masks.transpose(2, 1, 0)).all()
    image = read(path)
    assert (np.stack([frame.pixels for frame in image]) == masks).all()


def test_a_spacing_that_is_not_known_is_not_known_when_it_is_read_back(tmp_path):
    write_nifti_mask(tmp_path / "mask.nii", MASK, None)
    assert read(tmp_path / "mask.nii").spacing_mm is None


def test_the_mask_of_a_nifti_image_lies_on_it(tmp_path):
    source = shared("native/CAMUS/database_nifti/patient0001/patient0001_4CH_ED_gt.nii.gz")
    image = read(source)
    path = tmp_path / "mask.nii.gz"
    write_nifti_mask(path, image.frame(0).pixels == 1, image.spacing_mm)
    written, original = nibabel.load(path), nibabel.load(source)
    assert (np.asarray(written.dataobj) == (np.asarray(original.dataobj) == 1)).all()
    assert np.allclose(written.affine, original.affine)


@pytest.mark.parametrize(
    ("name", "mask", "words"),
    [
        ("mask.png", MASK, r"ends in \.nii or \.nii\.gz, but got mask\.png"),
        ("mask.nii", MASK.astype(np.uint8), "of bool, but got"),
        ("mask.nii", np.zeros((1, 2, 3, 4), bool), r"\(H, W\) or \(T, H, W\)"),
    ],
)
def test_other_arguments_are_refused(tmp_path, name, mask, words):
    with pytest.raises(InputError, match=words):
        write_nifti_mask(tmp_path / name, mask, None)
    assert not list(tmp_path.iterdir())
