"""Points, boxes, previews and alternatives: what the page shows is what the model says."""

from __future__ import annotations

import json

import numpy as np
import pytest

import ultrasam
from tests.references import EXAMPLES
from tests.web.pictures import CENTRE, HEAD, LESION
from ultrasam.imaging import rle_to_mask


def dice(a, b):
    return 2 * np.logical_and(a, b).sum() / (a.sum() + b.sum())


def points_of(item):
    """Coordinates and labels of an object's points, as a session takes them."""
    points = item["prompt"]["points"]
    return [(point["x"], point["y"]) for point in points], [point["label"] for point in points]


@pytest.fixture(scope="module")
def session():
    """The same network in this process, which the page's answers are held against."""
    return ultrasam.load().embed(ultrasam.read(HEAD))


def test_clicks_are_answered_as_the_model_answers(page, session):
    page.fresh(HEAD)
    first = page.click(*CENTRE)
    points, labels = points_of(first)
    assert points == [pytest.approx(CENTRE, abs=1)]
    expected = session.segment(points_xy=points)
    assert dice(rle_to_mask(first["mask"]), expected.mask) > 0.9999
    assert first["score"] == pytest.approx(expected.score, abs=1e-4)

    # Each answer goes in with the next click.
    page.click(330, 420)
    third = page.click(40, 40, button="right")
    points, labels = points_of(third)
    assert labels == [1, 1, 0]
    for count in (2, 3):
        expected = session.segment(points_xy=points[:count], labels=labels[:count], mask=expected.logits)
    assert dice(rle_to_mask(third["mask"]), expected.mask) > 0.9999
    assert third["score"] == pytest.approx(expected.score, abs=1e-4)
    (stored,) = [item for item in page.saved()["items"] if item["kind"] == "object"]
    assert stored == third
    assert not [url for url in page.asked if url.endswith("/segment")], "the browser itself decodes"
    assert page.evaluate("self.crossOriginIsolated"), "needed by threads"


def test_a_click_finds_what_was_annotated(page):
    coco = json.loads((EXAMPLES / "coco.json").read_text(encoding="utf-8"))
    (image,) = [one["id"] for one in coco["images"] if one["file_name"] == LESION.name]
    largest = max((one for one in coco["annotations"] if one["image_id"] == image), key=lambda one: one["area"])
    x, y, width, height = largest["bbox"]
    page.fresh(LESION)
    page.click(x + width / 2, y + height / 2)
    assert dice(page.mask(), rle_to_mask(largest["segmentation"])) > 0.8


def test_what_a_click_would_do_is_seen_before_it(page):
    page.fresh(HEAD)
    area = "workbench.hover.value?.data.reduce((sum, one) => sum + one, 0)"
    page.page.mouse.move(*page.at(*CENTRE))
    page.wait_for(f"{area} > 10000")
    first = page.evaluate(area)
    assert page.objects() == []
    page.page.mouse.move(*page.at(40, 500), steps=3)
    page.wait_for(f"({area} ?? arg) !== arg", first)
    page.page.mouse.move(5, 5)
    page.wait_for("workbench.hover.value === null")
    # The preview is what the click gives.
    page.click(*CENTRE)
    assert page.mask().sum() == first


def test_points_are_moved_and_removed(page, session):
    page.fresh(HEAD)
    page.click(*CENTRE)
    two = page.click(700, 480)
    before = page.prompts()
    page.drag((700, 480), (340, 400))
    page.answered(before)
    points, labels = points_of(page.selected())
    assert points[1] == pytest.approx((340, 400), abs=2)
    expected = session.segment(points_xy=points[:1])
    expected = session.segment(points_xy=points, labels=labels, mask=expected.logits)
    assert dice(page.mask(), expected.mask) > 0.9999
    # A drag is one step.
    page.press("Control+z")
    page.wait_for_value("workbench.selected.value", two)
    # Alt on a point takes it away.
    page.page.keyboard.down("Alt")
    one = page.click(700, 480)
    page.page.keyboard.up("Alt")
    assert len(one["prompt"]["points"]) == 1
    # Alt elsewhere says "not here".
    page.page.keyboard.down("Alt")
    assert points_of(page.click(700, 60))[1] == [1, 0]
    page.page.keyboard.up("Alt")
    # So does Delete, of the point that was clicked on.
    before = page.prompts()
    page.page.mouse.click(*page.at(700, 60))
    page.press("Delete")
    page.answered(before)
    assert points_of(page.selected())[1] == [1]


def test_a_box_is_dragged_and_changed(page, session):
    page.fresh(HEAD)
    page.press("b")
    before = page.prompts()
    page.drag((184, 104), (612, 444))
    page.answered(before)
    box = page.selected()["prompt"]["boxXyxy"]
    assert box == pytest.approx([184, 104, 612, 444], abs=2)
    assert dice(page.mask(), session.segment(box_xyxy=box).mask) > 0.9999
    before = page.prompts()
    page.drag((612, 444), (560, 400))
    page.answered(before)
    smaller = page.selected()["prompt"]["boxXyxy"]
    assert smaller == pytest.approx([184, 104, 560, 400], abs=3)
    assert dice(page.mask(), session.segment(box_xyxy=smaller).mask) > 0.9999
    # A click corrects it.
    page.press("p")
    corrected = page.click(580, 300)
    assert corrected["prompt"]["boxXyxy"] == smaller
    before = page.prompts()
    page.button("Remove the box").click()
    page.answered(before)
    points, _ = points_of(page.selected())
    assert dice(page.mask(), session.segment(points_xy=points).mask) > 0.9999


def test_alternatives(page):
    page.fresh(LESION)
    single = page.click(415, 230)
    page.wait_for("workbench.candidates.value.length === 3")
    point, _ = points_of(single)
    expected = ultrasam.load().embed(ultrasam.read(LESION)).candidates(ultrasam.Prompts(points_xy=point))
    shown = {one["choice"]: one["score"] for one in page.evaluate("workbench.candidates.value")}
    assert sorted(shown.values()) == pytest.approx(sorted(one.score for one in expected), abs=1e-4)
    for choice in (1, 2, 3):
        before = page.prompts()
        page.press(str(choice))
        page.answered(before)
        chosen = page.selected()
        assert chosen["prompt"]["choice"] == choice
        assert chosen["score"] == pytest.approx(shown[choice], abs=1e-6)
        radio = page.page.get_by_role("radio", name=f"Alternative {choice}, predicted quality")
        assert radio.get_attribute("aria-checked") == "true"
    page.page.get_by_role("radio", name="Single mask").click()
    page.wait_for_value("workbench.selected.value", single)


def test_the_mask_is_used_as_prompt(page, session):
    page.fresh(HEAD)
    first = page.click(*CENTRE)
    before = page.prompts()
    page.button("Use the mask as prompt").click()
    page.answered(before)
    used = page.selected()
    assert used["prompt"] == {"points": [], "boxXyxy": None, "start": first["mask"], "choice": 0}
    expected = session.segment(mask=rle_to_mask(first["mask"]))
    assert dice(page.mask(), expected.mask) > 0.9999
    page.press("Control+z")
    page.wait_for_value("workbench.selected.value", first)
