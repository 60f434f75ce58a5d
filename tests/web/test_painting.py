"""Brush and eraser."""

from __future__ import annotations

import numpy as np

from tests.web.pictures import CENTRE, HEAD


def capsule(start, end, radius, shape):
    """Pixels whose middle is not farther than the radius from a line."""
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    (x0, y0), (x1, y1) = start, end
    along = np.clip(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / ((x1 - x0) ** 2 + (y1 - y0) ** 2), 0, 1)
    return np.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0)) <= radius


def test_painting_begins_an_object_and_erasing_takes_from_it(page):
    page.fresh(HEAD)
    page.press("r")
    page.page.get_by_role("slider", name="Brush radius in pixels").fill("20")
    page.drag((200, 200), (320, 200))
    page.wait_for("workbench.objectsHere.value[0]?.mask")
    painted = page.selected()
    assert painted["origin"] == "brush"
    assert painted["score"] is None
    expected = capsule((200, 200), (320, 200), 20, page.mask().shape)
    # The pointer is on whole pixels of the screen.
    assert (page.mask() != expected).mean() < 0.002
    assert page.mask().sum() > 6000

    page.press("e")
    page.page.mouse.move(*page.at(260, 200))
    before = page.prompts()
    page.drag((260, 150), (260, 250))
    page.wait_for("JSON.stringify(workbench.objectsHere.value) !== arg", before)
    erased = page.mask()
    assert not erased[185:215, 245:275].any()
    assert erased[195:205, 205:230].all()
    assert (erased <= (expected | capsule((200, 200), (320, 200), 22, expected.shape))).all()

    (stored,) = [item for item in page.saved()["items"] if item["kind"] == "object"]
    assert stored == page.selected()
    page.press("Control+z")
    page.wait_for_value("workbench.selected.value", painted)
    page.press("Control+z")
    page.wait_for_value("workbench.objectsHere.value", [])


def test_a_models_mask_is_painted_on_and_then_clicked(page):
    page.fresh(HEAD)
    page.click(*CENTRE)
    model = page.mask()
    page.press("r", "[", "[")
    radius = page.evaluate("workbench.brushRadius.value")
    page.press("]")
    assert page.evaluate("workbench.brushRadius.value") > radius
    before = page.prompts()
    page.drag((640, 480), (700, 480))
    page.wait_for("JSON.stringify(workbench.objectsHere.value) !== arg", before)
    both = page.mask()
    assert (both >= model).all()
    assert both[480, 670]
    assert page.selected()["prompt"]["start"] == page.selected()["mask"]
    # What was painted starts the next click.
    page.press("p")
    after = page.click(CENTRE[0] - 60, CENTRE[1])
    assert after["origin"] == "model"
    assert after["prompt"]["start"] is not None
    assert len(after["prompt"]["points"]) == 1
