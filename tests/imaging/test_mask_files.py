import nibabel
import numpy as np
import pytest
import SimpleITK
from PIL import Image

from tests.references import shared
from ultrasam.errors import ImageError
from ultrasam.imaging import read_label_frames, read_label_masks, read_labels, read_mask

MASK = np.zeros((16, 24), bool)
MASK[4:10, 6:20] = True


def saved(path, picture, **options):
    picture.save(path, **options)
    return path


def palette(entries, colours):
    picture = Image.fromarray(entries.astype(np.uint8))
    picture.putpalette([level for colour in colours for level in colour])
    return picture


WHITE, BLACK, RED = [255, 255, 255], [0, 0, 0], [255, 0, 0]


@pytest.mark.parametrize(
    "picture",
    [
        Image.fromarray(MASK),
        Image.fromarray(MASK.astype(np.uint8)),
        Image.fromarray(MASK.astype(np.uint8) * 255),
        Image.fromarray(MASK.astype(np.uint16) * 1000),
        Image.fromarray(np.dstack([MASK * 255] * 3).astype(np.uint8)),
        Image.fromarray(np.dstack([MASK * 0, MASK * 255, MASK * 0]).astype(np.uint8)),
        Image.fromarray(np.dstack([MASK * 255] * 4).astype(np.uint8)),
        Image.fromarray(np.dstack([MASK * 0] * 3 + [MASK * 255]).astype(np.uint8)),  # black on transparent
        Image.fromarray(np.dstack([MASK * 255] * 3 + [np.full(MASK.shape, 255)]).astype(np.uint8)),
        palette(MASK, [BLACK, RED]),
        palette(MASK, [WHITE, RED]),  # no black: entry 0 is the background
        palette(~MASK, [WHITE, BLACK]),  # written by tools that sort the palette by frequency
    ],
)
def test_what_is_inside(tmp_path, picture):
    assert (read_mask(saved(tmp_path / "mask.png", picture)) == MASK).all()


def test_transparent_palette_entries_are_outside(tmp_path):
    picture = palette(np.where(MASK, 0, 3), [WHITE, RED, RED, RED])
    path = saved(tmp_path / "mask.png", picture, transparency=3)
    assert (read_mask(path) == MASK).all()


@pytest.mark.parametrize("suffix", ["tif", "bmp", "webp", "gif"])
def test_other_picture_formats(tmp_path, suffix):
    options = {"lossless": True} if suffix == "webp" else {}
    path = saved(tmp_path / f"mask.{suffix}", Image.fromarray(MASK.astype(np.uint8) * 255), **options)
    assert (read_mask(path) == MASK).all()


def test_the_ringing_of_a_jpeg_is_outside(tmp_path):
    path = saved(tmp_path / "mask.jpg", Image.fromarray(MASK.astype(np.uint8) * 255), quality=80)
    with Image.open(path) as stored:
        assert len(np.unique(np.asarray(stored))) > 2
    assert (read_mask(path) == MASK).all()


@pytest.mark.parametrize("name", ["mask.nii", "mask.nii.gz", "mask.mha", "mask.nrrd"])
def test_volumes_of_one_frame(tmp_path, name):
    for array in (MASK.astype(np.uint8), MASK[None].astype(np.float32)):
        SimpleITK.WriteImage(SimpleITK.GetImageFromArray(array), str(tmp_path / name))
        assert (read_mask(tmp_path / name) == MASK).all()


def test_labels_keep_their_numbers(tmp_path):
    labels = np.zeros((16, 24), np.uint8)
    labels[2:5], labels[8:12] = 1, 3
    grey = saved(tmp_path / "grey.png", Image.fromarray(labels))
    indexed = saved(tmp_path / "palette.png", palette(labels, [BLACK, RED, WHITE, [0, 255, 0]]))
    volume = tmp_path / "labels.nii.gz"
    nibabel.save(nibabel.Nifti1Image(labels.T.astype(np.float32), np.eye(4)), volume)
    for path in (grey, indexed, volume):
        assert (read_labels(path) == labels).all()
        masks = read_label_masks(path)
        assert list(masks) == [1, 3]
        assert (masks[3] == (labels == 3)).all()


def test_colours_are_numbered(tmp_path):
    colours = np.zeros((16, 24, 3), np.uint8)
    colours[2:5] = 0, 255, 0
    colours[8:12] = 255, 0, 0
    masks = read_label_masks(saved(tmp_path / "mask.png", Image.fromarray(colours)))
    assert {label: int(mask.sum()) for label, mask in masks.items()} == {1: 3 * 24, 2: 4 * 24}


def test_fractions_are_no_labels(tmp_path):
    path = saved(tmp_path / "mask.tif", Image.fromarray(MASK.astype(np.float32) / 3))
    with pytest.raises(ImageError, match=r"whole numbers as labels in mask\.tif"):
        read_labels(path)


@pytest.mark.parametrize("name", ["mask.nii.gz", "mask.mha"])
def test_the_frames_of_a_volume_come_one_after_the_other(tmp_path, name):
    labels = np.random.default_rng(0).integers(0, 3, (4, 16, 24)).astype(np.uint8)
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(labels), str(tmp_path / name))
    assert (np.stack(list(read_label_frames(tmp_path / name))) == labels).all()


def test_a_colour_has_one_number_in_all_frames(tmp_path):
    colours = np.zeros((2, 16, 24, 3), np.uint8)
    colours[0, 2:5] = 0, 255, 0
    colours[:, 8:12] = 255, 0, 0
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(colours, isVector=True), str(tmp_path / "mask.mha"))
    assert [np.unique(frame).tolist() for frame in read_label_frames(tmp_path / "mask.mha")] == [[0, 1, 2], [0, 2]]


def test_a_picture_is_one_frame(tmp_path):
    (labels,) = read_label_frames(saved(tmp_path / "mask.png", Image.fromarray(MASK.astype(np.uint8))))
    assert (labels == MASK).all()


def test_several_frames_are_refused(tmp_path):
    volume = tmp_path / "mask.nii"
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(np.zeros((3, 4, 5), np.uint8)), str(volume))
    pages = tmp_path / "mask.tif"
    Image.fromarray(MASK).save(pages, save_all=True, append_images=[Image.fromarray(MASK)])
    for path in (volume, pages):
        with pytest.raises(ImageError, match="mask of one frame"):
            read_mask(path)


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "mask.txt"
    path.write_text("no mask")
    with pytest.raises(ImageError, match="Expected a mask as PNG"):
        read_mask(path)


@pytest.mark.parametrize(
    ("relative", "labels"),
    [
        ("USGRA/dataset/masks/0000.png", 2),
        ("BUS-BRA/BUSBRA/Masks/mask_0001-l.png", 1),
        ("MMOTU_2d/OTU_2d/annotations/1.PNG", 1),
        ("TN3K/Thyroid Dataset/tn3k/test-mask/0000.jpg", 1),
        ("CAMUS/database_nifti/patient0001/patient0001_4CH_ED_gt.nii.gz", 3),
        ("CAMUS_mhd_5patients/patient0003/patient0003_4CH_ED_gt.mhd", 3),
        ("PSFHS/label_mha/03744.mha", 2),
    ],
)
def test_real_masks(relative, labels):
    masks = read_label_masks(shared("native") / relative)
    assert len(masks) == labels
    assert all(mask.any() for mask in masks.values())
