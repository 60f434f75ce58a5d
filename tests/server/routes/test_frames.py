import io
import shutil

import numpy as np
import pytest
from PIL import Image

import ultrasam
from tests.references import shared
from tests.server.serving import client_of, no_decoder, outlined, picture, workbench
from ultrasam.measure import measure


def test_a_frame_is_given_without_loss(browser, image_id):
    answer = browser.get(f"/api/images/{image_id}/frames/0.png")
    assert answer.headers["content-type"] == "image/png"
    expected = np.asarray(Image.open(io.BytesIO(picture(2))))
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(answer.content))), expected)


@pytest.mark.parametrize("address", ["frames/0.png", "thumbnail"])
def test_a_picture_is_sent_once(browser, image_id, address):
    first = browser.get(f"/api/images/{image_id}/{address}")
    assert first.headers["cache-control"] == "private, no-cache"
    again = browser.get(f"/api/images/{image_id}/{address}", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])


def test_a_changed_file_is_sent_anew(browser, bench, image_id):
    first = browser.get(f"/api/images/{image_id}/frames/0.png")
    (bench.settings.folder / "deeper/other.png").write_bytes(picture(9))
    again = browser.get(f"/api/images/{image_id}/frames/0.png", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 200
    assert again.content != first.content


def test_a_frame_that_is_not_there_is_missing(browser, image_id):
    answer = browser.get(f"/api/images/{image_id}/frames/1.png")
    assert (answer.status_code, answer.json()["kind"]) == (404, "missing")


def test_masks_are_measured_in_pixels_where_nothing_is_calibrated(browser, image_id):
    answer = browser.post(f"/api/images/{image_id}/frames/0/measure", json={"masks": [outlined()["mask"]]})
    (measured,) = answer.json()["measurements"]
    assert (measured["area_px"], measured["area_mm2"], measured["calibration"]) == (600, None, "not calibrated")


def test_masks_are_measured_in_mm_as_the_command_does_it(tmp_path, monkeypatch):
    no_decoder(monkeypatch)
    calibrated = shared("dicom/pydicom/test_files/examples_ybr_color.dcm")
    folder = tmp_path / "images"
    folder.mkdir()
    shutil.copy(calibrated, folder)
    image = ultrasam.read(calibrated)
    region = next(region for region in image.regions if region.spacing_mm)
    x0, y0, x1, y1 = region.box_xyxy
    mask = np.zeros(image.size_hw, bool)
    mask[y0 + 5 : y1 - 5, x0 + 5 : x1 - 5] = True
    with workbench(tmp_path) as bench:
        browser = client_of(bench)
        own = browser.get("/api/images").json()["images"][0]["id"]
        body = {"masks": [ultrasam.imaging.mask_to_rle(mask)]}
        (measured,) = browser.post(f"/api/images/{own}/frames/0/measure", json=body).json()["measurements"]
    x, y = region.spacing_mm
    assert measured["area_mm2"] == pytest.approx(mask.sum() * x * y)
    # The file's region reaches beyond its picture.
    assert measured["calibration"].startswith(f"{image.calibration}; a region reaches beyond the image")


@pytest.mark.parametrize("spacing_mm", [(0.2359, 0.2359), (0.5, 0.25)], ids=["square", "not square"])
def test_masks_are_measured_by_the_spacing_that_is_given(browser, image_id, bench, spacing_mm):
    rle = outlined()["mask"]
    body = {"masks": [rle], "spacingMm": spacing_mm}
    (measured,) = browser.post(f"/api/images/{image_id}/frames/0/measure", json=body).json()["measurements"]
    path = bench.settings.folder / "deeper/other.png"
    image = ultrasam.read(path, spacing_mm=spacing_mm)
    expected = measure(ultrasam.imaging.rle_to_mask(rle), image.spacing_mm)
    assert measured == {**expected.to_dict(), "calibration": image.calibration}
    assert measured["calibration"].endswith("mm per pixel (given by the user)")


@pytest.mark.parametrize("spacing_mm", [[0, 1], [1], [-1, 1], [101, 1], "0.1"], ids=str)
def test_a_spacing_that_is_none_is_refused(browser, image_id, spacing_mm):
    body = {"masks": [outlined()["mask"]], "spacingMm": spacing_mm}
    assert browser.post(f"/api/images/{image_id}/frames/0/measure", json=body).status_code == 422
