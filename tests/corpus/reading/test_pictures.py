import numpy as np
import pytest
from PIL import Image

from tests.corpus.converters.made import block, picture, texture
from tests.corpus.reading.sources import source_file
from ultrasam.corpus.reading import LabelPicture, PictureFile
from ultrasam.corpus.sample import Unreadable


def colours():
    return np.random.default_rng(1).integers(0, 255, (6, 8, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("name", "array", "is_kept"),
    [
        ("a.png", texture(), True),
        ("a.png", colours(), True),
        ("a.jpg", texture(), True),
        ("a.bmp", texture(), False),
        ("a.tif", texture(), False),
        ("a.png", np.dstack([colours(), np.full((6, 8), 255, np.uint8)]), False),
        ("a.png", block() > 0, False),
    ],
)
def test_plain_png_and_jpeg_keep_their_bytes(tmp_path, name, array, is_kept):
    path = picture(tmp_path / name, array)
    found = PictureFile(source_file(path)).read()
    assert (found.encoded is not None) == is_kept
    if is_kept:
        assert found.encoded == (path.read_bytes(), path.suffix)
    with Image.open(path) as reference:
        expected = np.asarray(reference.convert("L" if found.pixels.ndim == 2 else "RGB"))
    np.testing.assert_array_equal(found.pixels, expected)


def test_a_jpeg_that_is_to_be_turned_is_turned_and_not_kept(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(texture()).save(tmp_path / "a.jpg", exif=exif)
    found = PictureFile(source_file(tmp_path / "a.jpg")).read()
    assert (found.size_hw, found.encoded) == ((32, 24), None)


def test_three_equal_colours_are_grey(tmp_path):
    path = picture(tmp_path / "a.bmp", np.dstack([texture()] * 3))
    np.testing.assert_array_equal(PictureFile(source_file(path)).read().pixels, texture())


@pytest.mark.parametrize("damage", [lambda b: b"", lambda b: b[:50], lambda b: b"something else"])
@pytest.mark.parametrize("read", [lambda f: PictureFile(f).read(), lambda f: LabelPicture(f).load()])
def test_a_damaged_picture_is_unreadable(tmp_path, damage, read):
    path = picture(tmp_path / "a.png", texture())
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(Unreadable, match=r"a\.png cannot be read"):
        read(source_file(path))


def test_several_frames_are_no_picture(tmp_path):
    pages = [Image.fromarray(texture(seed=seed)) for seed in range(2)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    with pytest.raises(Unreadable, match="one frame"):
        PictureFile(source_file(tmp_path / "a.tif")).read()


def test_a_one_bit_mask_is_0_and_255(tmp_path):
    labels = LabelPicture(source_file(picture(tmp_path / "a.png", block() > 0))).load()
    np.testing.assert_array_equal(labels, block())


def test_a_palette_is_read_as_labels_or_as_colours(tmp_path):
    indices = Image.fromarray(np.uint8([[0, 1], [2, 1]])).convert("P")
    indices.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0])
    indices.putdata([0, 1, 2, 1])
    indices.save(tmp_path / "a.png")
    file = source_file(tmp_path / "a.png")
    assert LabelPicture(file).load().tolist() == [[0, 1], [2, 1]]
    assert LabelPicture(file, palette="colour").load().tolist() == [
        [[0, 0, 0], [255, 0, 0]],
        [[0, 255, 0], [255, 0, 0]],
    ]


def test_what_is_transparent_is_background(tmp_path):
    rgba = np.uint8([[[255, 255, 255, 0], [255, 255, 255, 255]]])
    labels = LabelPicture(source_file(picture(tmp_path / "a.png", rgba))).load()
    assert labels.tolist() == [[[0, 0, 0], [255, 255, 255]]]


def test_sixteen_bit_labels_keep_their_values(tmp_path):
    labels = LabelPicture(source_file(picture(tmp_path / "a.png", np.uint16([[0, 300]])))).load()
    assert labels.tolist() == [[0, 300]]
