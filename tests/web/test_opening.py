"""The list of images, and files that are opened from elsewhere."""

from __future__ import annotations

import base64
import re

import pytest

from tests.web.pictures import CENTRE, HEAD, LESION, calibrated, nifti, video


@pytest.fixture(scope="module")
def server(browser, start, tmp_path_factory):
    """Of a folder whose list is known."""
    folder = tmp_path_factory.mktemp("listed")
    (folder / "liver").mkdir()
    for name, source in {"scan 10.png": HEAD, "scan 2.png": LESION, "liver/a.png": HEAD, ".hidden.png": HEAD}.items():
        (folder / name).write_bytes(source.read_bytes())
    (folder / "notes.txt").write_text("no image")
    server = start(folder)
    server.wait_for_decoder()
    return server


def rows(page):
    """What the list says, in its order."""
    names = page.page.get_by_role("list", name="Images").get_by_role("button").all()
    return [row.get_attribute("aria-label") for row in names]


def shows(page, *expected):
    page.page.wait_for_function(
        """(expected) => JSON.stringify([...document.querySelectorAll('.image-row')].map(
            (row) => row.getAttribute('aria-label'))) === JSON.stringify(expected)""",
        arg=list(expected),
    )


NEW = "no object, new"


def test_the_folder_is_listed_searched_and_gone_through_by_keys(page):
    page.page.goto(page.server.address)
    shows(page, f"liver/a.png, {NEW}", f"scan 2.png, {NEW}", f"scan 10.png, {NEW}")
    page.shows("liver/a.png")
    thumbnails = page.page.get_by_role("list", name="Images").locator("img")
    assert thumbnails.count() == 3
    page.wait_for("[...document.querySelectorAll('.image-row img')].every((one) => one.naturalWidth === 160)")

    page.press("PageDown")
    page.shows("scan 2.png")
    page.press("ArrowDown")
    page.shows("scan 10.png").ready()
    page.press("ArrowDown", "PageUp")
    page.shows("scan 2.png").ready()
    page.name = "scan 2.png"
    page.click(415, 230)
    shows(page, f"liver/a.png, {NEW}", "scan 2.png, 1 object, in work", f"scan 10.png, {NEW}")
    page.press("Escape", "Enter")
    page.shows("scan 10.png")
    shows(page, f"liver/a.png, {NEW}", "scan 2.png, 1 object, done", f"scan 10.png, {NEW}")
    assert page.server.image("scan 2.png")["state"] == "done"

    page.page.get_by_role("searchbox").fill("LIVER")
    shows(page, f"liver/a.png, {NEW}")
    page.page.get_by_role("searchbox").fill("nothing like it")
    page.button("Show all images").click()
    page.page.get_by_role("radio", name="Done").first.click()
    shows(page, "scan 2.png, 1 object, done")
    page.page.get_by_role("radio", name="All").click()
    # What comes into the folder is found on request.
    (page.server.folder / "zuletzt.png").write_bytes(HEAD.read_bytes())
    page.button("Read the folder again").click()
    page.page.get_by_role("list", name="Images").get_by_text("zuletzt.png").wait_for()


def test_files_are_chosen(page, tmp_path):
    page.page.goto(page.server.address)
    page.ready()
    file = tmp_path / "chosen.dcm"
    file.write_bytes(calibrated(3, scale=0.25))
    with page.page.expect_file_chooser() as waiting:
        page.button("Open files").first.click()
    waiting.value.set_files([file, nifti(tmp_path), video(tmp_path)])
    page.shows("chosen.dcm").ready()
    page.wait_for("workbench.uploads.value.length === 0")
    names = page.page.get_by_role("list", name="Images")
    for name, frames in {"scan.mp4": 5, "volume.nii.gz": 3, "chosen.dcm": 3}.items():
        names.get_by_role("button", name=re.compile(re.escape(name))).click()
        page.shows(name)
        assert page.evaluate("workbench.image.value.frames") == frames
    assert page.evaluate("workbench.image.value.isUpload")
    page.ready()
    page.name = "chosen.dcm"
    page.click(CENTRE[0] / 4, CENTRE[1] / 4)
    page.saved()


def test_a_file_is_dropped_and_a_damaged_one_is_told(page):
    page.page.goto(page.server.address)
    page.ready()
    before = page.server.ask("images")["total"]
    page.expects("422")
    drop(page, "broken.png", HEAD.read_bytes()[:1000])
    page.page.get_by_role("log", name="Messages").get_by_text("damaged or cut off").wait_for()
    assert page.server.ask("images")["total"] == before
    drop(page, "dropped.png", HEAD.read_bytes())
    page.shows("dropped.png").ready()
    # One that has no annotation can go again.
    page.page.get_by_text("About this file").click()
    page.button("Remove this file from the workbench").click()
    page.wait_for("workbench.image.value && workbench.image.value.name !== 'dropped.png'")
    assert page.server.ask("images")["total"] == before


def test_an_image_that_is_open_when_its_file_is_moved_goes_on(page):
    page.fresh(HEAD, "renamed.png").ready()
    page.click(*CENTRE)
    page.saved()
    (page.server.folder / page.name).rename(page.server.folder / "liver" / "moved.png")
    page.button("Read the folder again").click()
    messages = page.page.get_by_role("log", name="Messages")
    messages.get_by_text("1 image was renamed or moved; its annotations went along.").wait_for()
    page.shows("liver/moved.png")
    page.name = "liver/moved.png"
    assert [row for row in rows(page) if "moved.png" in row] == ["liver/moved.png, 1 object, in work"]
    page.press("n")
    page.click(CENTRE[0] + 60, CENTRE[1])
    page.saved()
    assert len(page.server.image("liver/moved.png")["items"]) == 2


def test_what_cannot_be_opened_is_passed_and_marked(page):
    for name in ("scan 3.png", "scan 4.png"):
        (page.server.folder / name).write_bytes(HEAD.read_bytes()[:1000])
    page.server.ask("images/rescan", "POST")
    page.expects("422")
    page.open("scan 2.png")
    page.press("ArrowDown")
    page.shows("scan 10.png").ready()
    messages = page.page.get_by_role("log", name="Messages").locator(".notice")
    # They cover nothing of the picture.
    stage, message = page.stage.bounding_box(), messages.first.bounding_box()
    assert message["x"] + message["width"] < stage["x"]
    assert ["scan 3.png" in messages.nth(0).inner_text(), "scan 4.png" in messages.nth(1).inner_text()] == [True, True]
    assert [row for row in rows(page) if "cannot be opened" in row] == [
        "scan 3.png, cannot be opened, new",
        "scan 4.png, cannot be opened, new",
    ]
    page.press("ArrowUp")
    page.shows("scan 2.png").ready()
    assert messages.count() == 2
    # One stop of the Tab key, whatever the length of the list.
    stops = page.page.locator(".image-row:not([tabindex='-1'])")
    assert [stops.count(), stops.get_attribute("aria-current")] == [1, "true"]


def drop(page, name: str, content: bytes) -> None:
    """As the browser tells a page that a file is dropped on it."""
    page.page.evaluate(
        """([name, text]) => {
            const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([bytes], name));
            for (const type of ["dragover", "drop"])
                document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
        }""",
        [name, base64.b64encode(content).decode()],
    )
