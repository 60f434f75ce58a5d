"""Burned-in text is warned of and taken out; the whole folder is exported and read back by the rest of the project."""

from __future__ import annotations

import csv
import zipfile

import numpy as np
import pytest
from PIL import Image

import ultrasam
from tests.web.pictures import CENTRE, HEAD, SPACING_MM, calibrated, pixels
from tests.web.test_objects import add_labels
from ultrasam.corpus.coco.folder import CocoFolder
from ultrasam.imaging import read_mask, rle_to_mask


@pytest.fixture(scope="module")
def server(browser, start, tmp_path_factory):
    """Its export has what this module annotates and nothing else."""
    server = start(tmp_path_factory.mktemp("shared"))
    server.wait_for_decoder()
    return server


def export(page, folder):
    """By the dialog; gives the folder of the unpacked archive."""
    page.saved()
    page.button("Export").first.click()
    dialog = page.page.get_by_role("dialog")
    for box in dialog.get_by_role("group", name="Formats").get_by_role("checkbox").all():
        box.set_checked(True)
    with page.page.expect_download() as waiting:
        dialog.get_by_role("link", name="Download").click()
    with zipfile.ZipFile(waiting.value.path()) as archive:
        archive.extractall(folder)
    return folder


def test_text_is_warned_of_masked_out_and_cropped_in_what_is_exported(page, tmp_path):
    page.fresh(calibrated(burned_in="YES"), "named.dcm")
    stem = page.name.removesuffix(".dcm")
    warning = page.page.locator("[data-banner=burnedIn]")
    warning.wait_for()
    warning.get_by_role("button", name="Mask it out").click()
    page.drag((20, 20), (220, 60))
    page.wait_for("workbench.imageItem.value.redactions.length === 1")
    # More text may show. The picture stays under the mouse when the warning goes.
    place = page.at(*CENTRE)
    warning.get_by_role("button", name="Nothing else to hide").click()
    warning.wait_for(state="detached")
    page.seen()
    assert page.at(*CENTRE) == pytest.approx(place, abs=0.6)
    page.press("x")
    page.drag((10, 10), (650, 500))
    page.wait_for("workbench.imageItem.value.crop")
    item = page.evaluate("workbench.imageItem.value")
    assert item["redactions"] == [pytest.approx([20, 20, 220, 60], abs=1)]
    assert item["crop"] == pytest.approx([10, 10, 650, 500], abs=1)
    page.press("p")
    page.click(*CENTRE)
    whole = page.mask()

    out = export(page, tmp_path)
    picture = np.asarray(Image.open(out / "images" / f"{stem}.png").convert("L"))
    left, top, right, bottom = (
        round(np.ceil(value)) if index < 2 else int(value) for index, value in enumerate(item["crop"])
    )
    assert picture.shape == (bottom - top, right - left)
    expected = pixels().copy()
    x0, y0, x1, y1 = item["redactions"][0]
    expected[int(y0) : int(np.ceil(y1)), int(x0) : int(np.ceil(x1))] = 0
    assert (picture == expected[top:bottom, left:right]).all()
    (mask,) = (out / "masks").rglob("*.png")
    assert (read_mask(mask) == whole[top:bottom, left:right]).all()
    # Both can be taken back.
    page.button("Remove the crop").click()
    page.button("Remove masked out part 1").click()
    page.wait_for("workbench.imageItem.value.crop === null && workbench.imageItem.value.redactions.length === 0")
    page.button("Delete object").click()
    page.saved()


def test_all_formats_are_read_back(page, tmp_path):
    page.fresh(HEAD)
    add_labels(page, "head", "rest")
    page.click(*CENTRE)
    page.relabel(1, "head")
    picture = page.name
    page.press("n")
    page.click(120, 60)
    page.relabel(2, "rest")
    page.press("m")
    page.drag((200, 300), (600, 300))
    page.wait_for("workbench.rulersHere.value.length === 1")
    masks = [rle_to_mask(item["mask"]) for item in page.objects()]
    page.saved()
    page.fresh(calibrated(), "calibrated.dcm")
    page.click(*CENTRE)
    page.relabel(1, "head")
    in_mm = page.mask()
    out = export(page, tmp_path)

    coco = CocoFolder.read(out)
    (image,) = [one for one in coco.images if one.file_name.endswith(picture)]
    assert (np.asarray(Image.open(out / "images" / picture)) == pixels()).all()
    assert coco.categories[:2] == ("head", "rest")
    found = {one.category: one.mask() for one in image.instances}
    assert (found["head"] == masks[0]).all()
    assert (found["rest"] == masks[1]).all()

    stem = picture.removesuffix(".png")
    written = [read_mask(path) for path in sorted((out / "masks").rglob(f"{stem}*.png"))]
    assert len(written) == 2
    assert all(any((mask == one).all() for one in written) for mask in masks)
    (volume,) = (out / "nifti").glob("*calibrated*")
    assert (read_mask(volume) == in_mm).all()
    assert ultrasam.read(volume).spacing_mm == pytest.approx(SPACING_MM, rel=1e-5)

    with (out / "measurements.csv").open(encoding="utf-8") as file:
        rows = {(row["image"], row["label"]): row for row in csv.DictReader(file)}
    row = rows[(picture, "head")]
    assert int(row["area_px"]) == masks[0].sum()
    assert row["area_mm2"] == ""
    (row,) = [row for (name, _), row in rows.items() if "calibrated" in name]
    assert float(row["area_mm2"]) == pytest.approx(in_mm.sum() * SPACING_MM[0] * SPACING_MM[1], rel=1e-4)
    with (out / "distances.csv").open(encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert float(row["length_px"]) == pytest.approx(400, abs=2)
