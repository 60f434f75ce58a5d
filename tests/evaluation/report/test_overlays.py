import base64
import io

import numpy as np
import pytest
from PIL import Image

from tests.evaluation.report.summaries import make_example
from tests.references import EXAMPLES
from ultrasam.evaluation.report.overlays import LEGEND, SIDE, draw_example, example_prompts
from ultrasam.imaging import mask_to_rle, read

IMAGE = EXAMPLES / "breast_lesion.png"
SIZE_HW = read(IMAGE).frame(0).pixels.shape[:2]


def rectangle(x0, y0, x1, y1):
    mask = np.zeros(SIZE_HW, bool)
    mask[y0:y1, x0:x1] = True
    return mask_to_rle(mask)["counts"]


def opened(picture):
    head, data = picture.data_uri.split(",")
    assert head == "data:image/jpeg;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        assert image.size == picture.size_wh
        return np.asarray(image.convert("RGB")).astype(int)


def nearest(pixels, colour_hex):
    """Smallest distance of any of the pixels to a colour."""
    colour = [int(colour_hex[i : i + 2], 16) for i in (1, 3, 5)]
    return np.abs(pixels - colour).max(axis=-1).min()


def test_truth_answer_and_box_are_drawn_where_they_are():
    height, width = SIZE_HW
    box = [width // 8, height // 8, width // 2, height // 2]
    truth = [width // 4, height // 4, 3 * width // 4, 3 * height // 4]
    answer = [width // 3, height // 3, 7 * width // 8, 7 * height // 8]
    example = make_example(
        IMAGE, size_hw=SIZE_HW, prompt={"box_xyxy": box}, truth=rectangle(*truth), mask=rectangle(*answer)
    )
    pixels = opened(draw_example(example))
    assert max(pixels.shape[:2]) == min(SIDE, 2 * max(SIZE_HW))
    scale = pixels.shape[1] / width
    plain = opened(
        draw_example(make_example(IMAGE, size_hw=SIZE_HW, truth=rectangle(0, 0, 0, 0), mask=rectangle(0, 0, 0, 0)))
    )
    for (_, colour), (x0, y0, _, y1) in zip(LEGEND, (answer, truth, box), strict=True):
        # Halfway down the left side, where no other line is.
        y = round((y0 + 0.1 * (y1 - y0)) * scale)
        around = (slice(y - 3, y + 4), slice(round(x0 * scale) - 3, round(x0 * scale) + 4))
        assert nearest(pixels[around], colour) < 70
        assert nearest(plain[around], colour) > 70


def test_the_caption_names_file_structure_and_dice():
    picture = draw_example(
        make_example(IMAGE, size_hw=SIZE_HW, truth=rectangle(5, 5, 9, 9), mask=rectangle(5, 5, 9, 9))
    )
    assert picture.caption == "breast_lesion.png, lesion, Dice 0.876"
    assert not picture.trouble


def test_a_prompt_that_is_a_mask_is_told():
    mask = rectangle(5, 5, 50, 50)
    picture = draw_example(make_example(IMAGE, size_hw=SIZE_HW, prompt={"mask": "mask"}, truth=mask, mask=mask))
    assert picture.data_uri
    assert "mask is not drawn" in picture.caption
    assert example_prompts({"mask": "mask"}) is None


@pytest.mark.parametrize(
    ("path", "changes", "words"),
    [
        ("/secret/folder/gone.png", {}, "gone.png"),
        (IMAGE, {"size_hw": (60, 80)}, "size"),
        (IMAGE, {"size_hw": (61, 80), "truth": "@@@", "mask": "@@@"}, "run"),
        (IMAGE, {"size_hw": SIZE_HW, "prompt": {"box_xyxy": [5, 5, 5, 5]}}, "box_xyxy"),
    ],
)
def test_what_cannot_be_drawn_is_said(path, changes, words):
    picture = draw_example(make_example(path, **changes))
    assert not picture.data_uri
    assert words in picture.trouble
    assert "secret" not in picture.trouble


def test_points_keep_their_labels():
    prompts = example_prompts({"points_xy": [[1, 2], [3, 4]], "labels": [1, 0]})
    assert prompts.points_xy.tolist() == [[1, 2], [3, 4]]
    assert prompts.labels.tolist() == [1, 0]
