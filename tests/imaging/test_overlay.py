import numpy as np
import pytest
from PIL import Image

from ultrasam.errors import InputError
from ultrasam.imaging import write_overlay
from ultrasam.imaging.overlay import PALETTE, draw_overlay
from ultrasam.types import Prompts

BLUE, ORANGE = PALETTE[:2]


def drawn(path, *arguments):
    write_overlay(path, *arguments)
    with Image.open(path) as picture:
        assert (picture.format, picture.mode) == ("PNG", "RGB")
        return np.asarray(picture).astype(int)


def disc(size_hw, centre_xy, radius):
    y, x = np.mgrid[: size_hw[0], : size_hw[1]] + 0.5
    return (x - centre_xy[0]) ** 2 + (y - centre_xy[1]) ** 2 < radius**2


def is_near(pixels, colour, tolerance=12):
    return (np.abs(pixels - colour) <= tolerance).all(axis=-1)


GREY = np.full((700, 900), 90, np.uint8)
MASK = disc((700, 900), (400, 300), 150)


def test_an_outline_runs_along_the_edge_and_nowhere_else(tmp_path):
    pixels = drawn(tmp_path / "x.png", GREY, [MASK])
    y, x = np.nonzero(is_near(pixels, BLUE))
    distance = np.hypot(x + 0.5 - 400, y + 0.5 - 300)
    assert len(x) > 2 * np.pi * 150
    assert np.abs(distance - 150).max() < 3
    angle = np.arctan2(y - 300, x - 400)
    assert len(np.unique((angle * 30 / np.pi).round())) >= 60


def test_inside_is_tinted_and_outside_is_untouched(tmp_path):
    pixels = drawn(tmp_path / "x.png", GREY, [MASK])
    assert (pixels[300, 400] == np.rint(0.8 * 90 + 0.2 * np.array(BLUE))).all()
    assert (pixels[~disc((700, 900), (400, 300), 160)] == 90).all()


def test_a_box_narrower_than_a_pixel_is_drawn(tmp_path):
    seen = drawn(tmp_path / "x.png", GREY, [np.zeros_like(MASK)], [Prompts(box_xyxy=(20.0, 20.0, 20.4, 90.0))])
    assert (seen[50, 15:26] != 90).any()


def test_each_object_has_its_colour(tmp_path):
    other = disc((700, 900), (750, 500), 100)
    pixels = drawn(tmp_path / "x.png", GREY, [MASK, other])
    assert is_near(pixels[480:520, 640:660], ORANGE).any()
    assert not is_near(pixels[480:520, 640:660], BLUE).any()


@pytest.mark.parametrize(("label", "colour"), [(1, (0, 158, 115)), (0, (213, 94, 0))])
def test_points_show_their_label(tmp_path, label, colour):
    prompts = Prompts(points_xy=[(700, 200)], labels=[label])
    pixels = drawn(tmp_path / "x.png", GREY, [MASK], [prompts])
    around = pixels[180:220, 680:720]
    assert is_near(around, colour).sum() > 100
    # The sign in the middle: a bar, and for a positive point a second one across.
    assert is_near(pixels[200, 697:703], (255, 255, 255)).all()
    assert is_near(pixels[195, 699:701], (255, 255, 255)).all() == bool(label)


def test_a_box_is_a_thin_line_where_it_was_drawn(tmp_path):
    pixels = drawn(tmp_path / "x.png", GREY, [np.zeros_like(MASK)], [Prompts(box_xyxy=(100, 120, 300, 500))])
    lines = is_near(pixels, BLUE)
    y, x = np.nonzero(lines)
    assert (x.min(), y.min(), x.max(), y.max()) == (100, 120, 299, 499)
    assert not lines[130:490, 110:290].any()


@pytest.mark.parametrize(
    ("size_hw", "written_hw"), [((200, 150), (800, 600)), ((640, 300), (640, 300)), ((3, 2), (642, 428))]
)
def test_small_images_are_enlarged_by_a_whole_factor(tmp_path, size_hw, written_hw):
    pixels = drawn(tmp_path / "x.png", np.zeros(size_hw, np.uint8), [np.ones(size_hw, bool)])
    assert pixels.shape == (*written_hw, 3)


def test_captions_do_not_cover_each_other(tmp_path):
    one = drawn(tmp_path / "1.png", GREY, [MASK], [], ["lesion  0.93  12 mm²"])
    two = drawn(tmp_path / "2.png", GREY, [MASK, MASK], [], ["lesion  0.93  12 mm²", "lesion  0.93  12 mm²"])

    def written(pixels):
        return is_near(pixels, (255, 255, 255)).sum()

    assert written(one) > 100
    assert abs(written(two) - 2 * written(one)) < 0.1 * written(one)


def test_odd_cases_are_drawn(tmp_path):
    everything, nothing = np.ones((50, 60), bool), np.zeros((50, 60), bool)
    colour = np.zeros((50, 60, 3), np.uint8)
    corner = Prompts(points_xy=[(0, 0), (60, 50)], box_xyxy=(0, 0, 60, 50))
    drawn(tmp_path / "1.png", colour, [everything, nothing], [corner, corner], ["a" * 200, ""])
    drawn(tmp_path / "2.png", colour, [])
    drawn(tmp_path / "3.png", np.zeros((1, 1), np.uint8), [np.ones((1, 1), bool)], [], ["x"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([MASK[:10]],), "masks of the image's size"),
        (([MASK], [Prompts(points_xy=[(1, 1)])] * 2), "but got 2 prompts"),
        (([], [], ["x"]), "and 1 captions"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, arguments, words):
    with pytest.raises(InputError, match=words):
        write_overlay(tmp_path / "x.png", GREY, *arguments)
    assert not list(tmp_path.iterdir())


def test_a_picture_can_be_had_without_a_file(tmp_path):
    write_overlay(tmp_path / "x.png", GREY, [MASK])
    with Image.open(tmp_path / "x.png") as written:
        assert draw_overlay(GREY, [MASK]).tobytes() == written.tobytes()


def test_colours_and_line_can_be_chosen():
    red = (250, 10, 10)
    thin, thick = (np.asarray(draw_overlay(GREY, [MASK], colours=[red], line=w / 900)).astype(int) for w in (3, 9))
    assert not is_near(thin, BLUE).any()
    assert 2 < is_near(thick, red).sum() / is_near(thin, red).sum() < 4.5


@pytest.mark.parametrize("size_hw", [(700, 900), (70, 90)])
@pytest.mark.parametrize("width", [1, 2, 70])
def test_an_object_of_few_pixels_does_not_vanish(tmp_path, size_hw, width):
    mask = np.zeros(size_hw, bool)
    mask[30:32, 10 : 10 + width] = True
    pixels = drawn(tmp_path / "x.png", np.full(size_hw, 90, np.uint8), [mask])
    scale = pixels.shape[1] // size_hw[1]
    y, x = np.nonzero(is_near(pixels, BLUE, 30))
    assert y.min() // scale >= 26
    assert y.max() // scale <= 35
    # All along it, and little farther.
    assert set(range(10, 10 + width)) <= set((x // scale).tolist()) <= set(range(6, 14 + width))


@pytest.mark.parametrize("line", [None, 0.0005, 0.02])
def test_a_part_looks_the_same_whatever_else_a_mask_has(line):
    """Only the surroundings of a mask are drawn; were they too narrow, its outline would lack its outer edge."""
    part = disc((700, 900), (200, 300), 80)
    others = disc((700, 900), (870, 30), 25) | disc((700, 900), (870, 670), 25) | disc((700, 900), (10, 350), 25)
    alone = np.asarray(draw_overlay(GREY, [part], line=line))[180:420, 80:320]
    together = np.asarray(draw_overlay(GREY, [part | others], line=line))[180:420, 80:320]
    assert (alone != 90).any()
    assert np.array_equal(alone, together)
