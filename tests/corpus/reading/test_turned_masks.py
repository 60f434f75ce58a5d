import numpy as np
import pytest
from PIL import Image

from tests.corpus.reading.sources import source_file
from ultrasam.corpus.reading import LabelPicture, Legend, PictureFile, TurnedMask
from ultrasam.corpus.sample import Unreadable


@pytest.fixture
def read(tmp_path):
    def read(image, mask):
        for name, values in (("image", image), ("mask", mask)):
            Image.fromarray(values).save(tmp_path / f"{name}.png")
        image_file, mask_file = (source_file(tmp_path / f"{name}.png") for name in ("image", "mask"))
        turned = TurnedMask(LabelPicture(mask_file), Legend.binary("line"), PictureFile(image_file))
        assert turned.files == (mask_file,)
        return turned.read(image.shape)

    return read


def line(size_hw):
    """An image with a bright line off its middle, and the line."""
    image = np.full(size_hw, 40, np.uint8)
    image[2, 1:9] = 200
    return image, np.where(image > 40, 255, 0).astype(np.uint8)


@pytest.mark.parametrize("size_hw", [(12, 16), (16, 12), (12, 12)])
@pytest.mark.parametrize(("turns", "said"), [(0, []), (1, ["clockwise"]), (-1, ["anticlockwise"])])
def test_the_turn_that_puts_the_mask_on_the_bright_pixels_is_taken_and_said(read, size_hw, turns, said):
    image, mask = line(size_hw)
    found = read(image, np.rot90(mask, turns))
    assert [(entry.category, (entry.mask == (mask > 0)).all()) for entry in found.objects] == [("line", True)]
    assert [remark.detail for remark in found.remarks] == said


def test_an_empty_mask_is_no_object(read):
    assert read(line((12, 16))[0], np.zeros((16, 12), np.uint8)).objects == ()


@pytest.mark.parametrize("value", [0, 255])
def test_a_mask_that_fits_in_no_turn_is_unreadable(read, value):
    with pytest.raises(Unreadable, match=r"mask\.png has 5 x 30"):
        read(line((12, 16))[0], np.full((5, 30), value, np.uint8))
