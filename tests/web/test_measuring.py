"""Measurements are those of `ultrasam.measure`, in mm where an image or its user says the scale, else in pixels."""

from __future__ import annotations

import math
import re

import pytest

from tests.references import shared
from tests.web.pictures import CENTRE, HEAD, SPACING_MM, calibrated
from ultrasam.measure import measure

#: Millimetres per pixel of HEAD, as its publishers say.
PIXEL_MM = 0.2359


def shown(page) -> dict[str, str]:
    """Name and value of each row of the panel."""
    panel = page.page.get_by_role("region", name="Measurements")
    panel.wait_for()
    return dict(zip(panel.locator("dt").all_inner_texts(), panel.locator("dd").all_inner_texts(), strict=True))


def number(text: str) -> float:
    """Of "1 234.5 mm", with a thin space between thousands."""
    return float(re.match(r"[\d.]+", text.replace("\u202f", ""))[0])


def test_millimetres_of_a_calibrated_dicom(page):
    page.fresh(calibrated(), "calibrated.dcm")
    page.click(*CENTRE)
    page.wait_for("workbench.measurements.value.size === 1")
    rows, expected = shown(page), measure(page.mask(), spacing_mm=SPACING_MM)
    assert rows["Area"].endswith("mm²")
    assert number(rows["Area"]) == pytest.approx(expected.area_mm2, abs=0.051)
    for name, value in {
        "Perimeter": expected.perimeter_mm,
        "Longest diameter": expected.longest_diameter_mm,
        "Shortest diameter": expected.shortest_diameter_mm,
        "Ellipse circumference": expected.ellipse_mm.circumference,
    }.items():
        assert rows[name].endswith(" mm")
        assert number(rows[name]) == pytest.approx(value, abs=0.051)
    page.page.get_by_text("Calibrated:").wait_for()


def test_pixels_of_a_picture_without_calibration(page):
    page.fresh(HEAD)
    page.click(*CENTRE)
    page.wait_for("workbench.measurements.value.size === 1")
    rows, expected = shown(page), measure(page.mask())
    assert rows["Area"].endswith(" px²")
    assert number(rows["Area"]) == expected.area_px == page.mask().sum()
    assert number(rows["Perimeter"]) == pytest.approx(expected.perimeter_px, abs=0.051)
    page.page.get_by_text("Not calibrated: lengths are in pixels").wait_for()
    # They follow the mask.
    page.click(330, 470)
    page.page.wait_for_function(
        "(area) => document.querySelector('.measures dd').innerText.replace(/\\D/g, '') === area",
        arg=str(int(page.mask().sum())),
    )


def test_distances(page):
    page.fresh(calibrated(), "distance.dcm")
    page.press("m")
    page.drag((200, 100), (500, 300))
    page.wait_for("workbench.rulersHere.value.length === 1")
    (ruler,) = page.evaluate("workbench.rulersHere.value")
    (x0, y0), (x1, y1) = ruler["from"], ruler["to"]
    assert (x0, y0, x1, y1) == pytest.approx((200, 100, 500, 300), abs=1)
    row = page.page.get_by_role("list", name="Distances").get_by_role("listitem")
    expected = math.hypot((x1 - x0) * SPACING_MM[0], (y1 - y0) * SPACING_MM[1])
    assert number(row.inner_text().split("\n")[-1]) == pytest.approx(expected, abs=0.051)
    assert " mm" in row.inner_text()
    (stored,) = [item for item in page.saved()["items"] if item["kind"] == "ruler"]
    assert stored == ruler
    # An end of it can be moved.
    page.drag((500, 300), (400, 300))
    page.wait_for("Math.abs(workbench.rulersHere.value[0].to[0] - 400) < 2")
    page.button("Delete distance 1").click()
    page.wait_for("workbench.rulersHere.value.length === 0")
    page.press("Control+z")
    page.wait_for("workbench.rulersHere.value.length === 1")


def test_millimetres_of_a_picture_whose_scale_the_user_gives(page):
    page.fresh(HEAD)
    page.click(*CENTRE)
    page.page.get_by_text("Not calibrated: lengths are in pixels").wait_for()
    calibration = page.page.get_by_role("region", name="Calibration")
    # What cannot be a spacing is told; the field keeps what was typed.
    field = calibration.get_by_role("textbox", name="mm per pixel")
    field.fill("0,2359")
    field.press("Enter")
    calibration.get_by_role("alert").get_by_text("Write decimals with a point").wait_for()
    field.fill(str(PIXEL_MM))
    field.press("Enter")
    page.page.get_by_text("Calibrated: 0.2359 × 0.2359 mm per pixel (given by the user)").wait_for()
    expected = measure(page.mask(), spacing_mm=(PIXEL_MM, PIXEL_MM))
    assert number(shown(page)["Ellipse circumference"]) == pytest.approx(expected.ellipse_mm.circumference, abs=0.051)
    (stored,) = [item for item in page.saved()["items"] if item["kind"] == "image"]
    assert stored["spacingMm"] == [PIXEL_MM, PIXEL_MM]
    # It is there after a reload, and can be taken back.
    page.open(page.name)
    page.wait_for("workbench.calibration.value.given")
    page.press("Control+z")
    calibration.get_by_text("not calibrated").wait_for()
    page.press("Control+Shift+z")
    calibration.get_by_text("given by the user").wait_for()
    calibration.get_by_role("button", name="Clear").click()
    calibration.get_by_text("not calibrated").wait_for()
    assert field.input_value() == ""


def test_a_picture_is_calibrated_by_a_ruler(page):
    page.fresh(HEAD)
    page.click(*CENTRE)
    page.press("m")
    page.drag((200, 100), (500, 100))
    page.wait_for("workbench.rulersHere.value.length === 1")
    length = page.page.get_by_role("textbox", name="Length of the ruler in mm")
    length.fill("60")
    length.press("Enter")
    page.wait_for("workbench.calibration.value.given && workbench.measurements.value.size === 1")
    (ruler,) = page.evaluate("workbench.rulersHere.value")
    spacing = 60 / math.dist(ruler["from"], ruler["to"])
    distance = page.page.get_by_role("list", name="Distances").get_by_role("listitem")
    distance.get_by_text("60.0 mm").wait_for()
    page.page.get_by_text("Calibrated:").wait_for()
    expected = measure(page.mask(), spacing_mm=(spacing, spacing))
    assert number(shown(page)["Ellipse circumference"]) == pytest.approx(expected.ellipse_mm.circumference, abs=0.051)
    (stored,) = [item for item in page.saved()["items"] if item["kind"] == "image"]
    assert stored["spacingMm"] == pytest.approx([spacing, spacing], rel=1e-8)


def test_doubtful_millimetres_are_told(page):
    """The file says that one of its regions reaches beyond the picture, which was made smaller."""
    page.fresh(shared("dicom/pydicom/test_files/examples_ybr_color.dcm"))
    page.evaluate("workbench.box([100, 80, 200, 160])")
    page.wait_for("workbench.measurements.value.size === 1 && !workbench.isDecoding.value")
    for name in ("Measurements", "Calibration"):
        region = page.page.get_by_role("region", name=name)
        region.get_by_text("a region reaches beyond the image").wait_for()
    field = page.page.get_by_role("textbox", name="mm per pixel")
    field.fill("0.5, 0.25")
    field.press("Enter")
    page.page.get_by_text("Calibrated: 0.5 × 0.25 mm per pixel (given by the user)").wait_for()
    assert page.page.get_by_text("a region reaches beyond the image").count() == 1  # Of the file, under its facts.
