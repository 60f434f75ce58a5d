import numpy as np
import pytest
from PIL import Image

from ultrasam.benchmarking.questions import Questions, images_and_boxes
from ultrasam.errors import ImageError


def questions(sizes, *, made=False):
    images = tuple(np.zeros((height, width), np.uint8) for width, height in sizes)
    return Questions("weights", "cpu", None, None, images, (((0, 0, 1, 1),),) * len(images), made)


def test_own_images_come_with_boxes_of_their_size(tmp_path):
    sizes = [(80, 60), (40, 90)]
    for number, size in enumerate(sizes):
        Image.new("L", size, number).save(tmp_path / f"{number}.png")
    images, boxes = images_and_boxes([tmp_path / "0.png", tmp_path / "1.png"])
    assert [pixels.shape for pixels in images] == [(60, 80), (90, 40)]
    assert [int(pixels.max()) for pixels in images] == [0, 1]
    for (width, height), of_image in zip(sizes, boxes, strict=True):
        assert len(of_image) == 8
        assert all(0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height for x0, y0, x1, y1 in of_image)
    assert boxes[0][3][0] / 80 != pytest.approx(boxes[1][3][0] / 40)


def test_of_a_cine_the_first_frame_counts(tmp_path):
    frames = [Image.new("L", (8, 8), 10), Image.new("L", (8, 8), 200)]
    frames[0].save(tmp_path / "cine.tif", save_all=True, append_images=frames[1:])
    (pixels,), _ = images_and_boxes([tmp_path / "cine.tif"])
    assert (pixels == 10).all()


def test_without_files_an_image_is_made():
    (pixels,), (boxes,) = images_and_boxes([])
    assert pixels.shape == (600, 800)
    assert len(boxes) == 5


def test_a_file_that_cannot_be_read_is_said_at_once(tmp_path):
    (tmp_path / "scan.png").write_bytes(b"no image")
    with pytest.raises(ImageError):
        images_and_boxes([tmp_path / "scan.png"])


@pytest.mark.parametrize(
    ("sizes", "made", "words"),
    [
        ([(800, 600)], True, "a made image of 800 x 600 pixels (a sector of speckle with cysts)"),
        ([(80, 60)], False, "1 image of 80 x 60 pixels"),
        ([(80, 60), (40, 90), (80, 60)], False, "3 images of 40 x 90 to 80 x 60 pixels"),
    ],
    ids=["made", "one", "several"],
)
def test_images_in_words(sizes, made, words):
    assert questions(sizes, made=made).images_in_words == words
