"""Pixels that are not square: what is seen has its true shape, what is said is in the file's own pixels."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from tests.web.pictures import CENTRE, HEAD, narrow, pixels

#: The middle of the head in what `narrow` makes, original pixels.
MIDDLE = (CENTRE[0] / 2, CENTRE[1])


@pytest.fixture
def opened(page, tmp_path):
    return page.fresh(narrow(tmp_path))


def place_of(page) -> tuple[int, int, int, int]:
    """Left, top, width and height of the picture on the stage, by its true shape: HEAD's."""
    scale, left, top = page.view()
    height, width = pixels().shape
    return round(left), round(top), round(width * scale), round(height * scale)


def seen(page) -> np.ndarray:
    """The picture alone as it is on the screen, (H, W, 3)."""
    left, top, width, height = place_of(page)
    return page.seen()[top : top + height, left : left + width].astype(int)


def shown(mask: np.ndarray, page) -> np.ndarray:
    """A mask of the file's pixels as it must be on the screen, (H, W) bool."""
    _, _, width, height = place_of(page)
    return np.asarray(Image.fromarray(mask).resize((width, height), Image.Resampling.NEAREST))


def test_the_picture_and_its_thumbnail_have_their_true_shape(opened):
    page = opened
    _, _, width, height = place_of(page)
    screen = seen(page)
    assert screen.shape[:2] == (height, width), "the whole picture is on the stage"
    expected = np.asarray(Image.open(HEAD).convert("L").resize((width, height), Image.Resampling.BILINEAR)).astype(int)
    assert np.corrcoef(screen[..., 0].ravel(), expected.ravel())[0, 1] > 0.98
    stage = page.seen()
    left, top, *_ = place_of(page)
    ground = stage[2, 2]
    assert (stage[top + height // 2, : left - 1] == ground).all()
    assert (stage[top + height // 2, left + width + 1 :] == ground).all()
    page.page.get_by_text("2 times as wide as high, and shown so").wait_for(state="attached")
    small = page.page.get_by_role("list", name="Images").locator("[aria-current=true] img")
    page.page.wait_for_function("(picture) => picture.naturalWidth > 0", arg=small.element_handle())
    sides = small.evaluate("(picture) => [picture.naturalWidth, picture.naturalHeight]")
    assert sides == [160, 108]


def test_a_click_lands_on_the_pixel_under_the_pointer_and_its_mask_on_the_tissue(opened):
    page = opened
    scale, left, top = page.view()
    box = page.stage.bounding_box()
    page.page.mouse.click(box["x"] + left + 2 * MIDDLE[0] * scale, box["y"] + top + MIDDLE[1] * scale)
    page.wait_for("workbench.selected.value?.mask && !workbench.isDecoding.value")
    (point,) = page.selected()["prompt"]["points"]
    assert (point["x"], point["y"]) == pytest.approx(MIDDLE, abs=0.02)
    page.page.get_by_role("slider", name="Opacity").fill("1")
    page.press("v")
    plain = seen(page)
    page.press("v")
    mask = page.mask()
    assert mask.shape == (540, 400)
    covered = (np.abs(seen(page) - plain) > 12).any(axis=2)
    expected = shown(mask, page)
    assert (covered & expected).sum() / (covered | expected).sum() > 0.97
    # The same mask as in the picture whose pixels are square, roughly: the network sees another picture.
    page.fresh(HEAD)
    page.click(*CENTRE)
    square = page.mask()
    wide = np.repeat(mask, 2, axis=1)
    assert 2 * (wide & square).sum() / (wide.sum() + square.sum()) > 0.85


def test_brush_and_outline_are_as_thick_across_as_down(opened):
    page = opened
    page.press("r")
    page.page.get_by_role("slider", name="Brush radius in pixels").fill("80")
    page.page.mouse.click(*page.at(*MIDDLE))
    page.wait_for("workbench.objectsHere.value[0]?.mask")
    mask = page.mask()
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]] + 0.5
    expected = np.hypot(2 * (x - MIDDLE[0]), y - MIDDLE[1]) <= 80
    assert (mask != expected).mean() < 0.001
    page.press("p")
    page.page.get_by_label("Colour of object 1").fill("#ff0000")
    page.page.get_by_role("slider", name="Opacity").fill("0")
    # The outline alone.
    page.press("v")
    plain = seen(page)
    page.press("v")
    line = (np.abs(seen(page) - plain) > 40).any(axis=2)
    inside = shown(mask, page)
    border = inside ^ ndimage.binary_erosion(inside)
    away = ndimage.distance_transform_edt(~border)
    assert away[line].max() < 5
    assert ndimage.distance_transform_edt(~line)[border].max() < 3
    scale, *_ = page.view()
    row, column = round(MIDDLE[1] * scale), round(2 * MIDDLE[0] * scale)
    across, down = line[row].sum() / 2, line[:, column].sum() / 2
    assert across == pytest.approx(down, abs=1)


def test_handles_are_taken_as_far_beside_as_below(opened):
    page = opened
    page.press("b")
    page.drag((100, 100), (300, 400))
    page.wait_for("workbench.selected.value?.mask && !workbench.isDecoding.value")
    box = page.selected()["prompt"]["boxXyxy"]
    for beside, below in ((7, 0), (0, 7)):
        x, y = page.at(box[2], box[3])
        page.page.mouse.move(x + beside, y + below)
        assert page.stage.evaluate("(stage) => stage.style.cursor") == "nwse-resize"
        page.page.mouse.move(x + 3 * beside, y + 3 * below)
        assert page.stage.evaluate("(stage) => stage.style.cursor") == "crosshair"


def test_the_scale_that_a_user_gives_decides(page):
    page.fresh(HEAD)
    plain = page.view()
    field = page.page.get_by_role("textbox", name="mm per pixel")
    field.fill("0.2, 0.4")
    field.press("Enter")
    stage = "document.querySelector('[role=application]').dataset"
    page.wait_for(f"{stage}.stretchY === '2'")
    page.page.get_by_text("2 times as high as wide, and shown so").wait_for(state="attached")
    # A ruler along a known length alters the scale, not the shape.
    page.page.get_by_role("radio", name="Ruler").click()
    page.drag((300, 100), (300, 300))
    page.wait_for("workbench.rulersHere.value.length === 1")
    length = page.page.get_by_role("textbox", name="Length of the ruler in mm")
    length.fill("100")
    length.press("Enter")
    page.wait_for("workbench.calibration.value.given[0] !== 0.2")
    (ruler,) = page.evaluate("workbench.rulersHere.value")
    pixel = 100 / (ruler["to"][1] - ruler["from"][1])
    assert page.evaluate("workbench.calibration.value.given") == pytest.approx([pixel / 2, pixel], rel=1e-3)
    page.button("Clear").click()
    page.wait_for(f"{stage}.stretchY === '1'")
    assert page.view() == pytest.approx(plain, abs=0.01)
