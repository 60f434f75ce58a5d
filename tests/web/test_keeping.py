"""Nothing is lost: reloads, a killed server, two tabs, a full disk, a file that is gone."""

from __future__ import annotations

import json

import pytest

from tests.web.driving import Driver
from tests.web.pictures import CENTRE, HEAD, LESION, pixels


@pytest.fixture(scope="module")
def server(browser, start, tmp_path_factory):
    """It is killed here, which other modules should not notice."""
    server = start(tmp_path_factory.mktemp("kept"))
    server.wait_for_decoder()
    return server


def test_a_reload_shows_what_was_and_can_undo_it(page):
    page.fresh(HEAD)
    page.click(*CENTRE)
    page.saved()
    before = page.objects()
    page.page.reload()
    page.ready()
    page.wait_for_value("workbench.objectsHere.value", before)
    page.wait_for("workbench.canUndo.value")
    page.press("Control+z")
    page.wait_for_value("workbench.objectsHere.value", [])
    page.saved()
    page.page.reload()
    page.ready()
    assert page.objects() == []


def test_work_goes_on_without_the_server_and_is_saved_when_it_is_back(page):
    page.fresh(HEAD)
    page.click(*CENTRE)
    page.saved()
    page.server.kill()
    page.expects("Failed to load resource: net::ERR")
    page.click(330, 420)
    page.press("n")
    page.click(700, 60)
    page.wait_for("workbench.saving.value.kind === 'waiting'")
    page.page.locator("[data-banner=unreachable]").wait_for()
    unsaved = page.objects()
    assert len(unsaved) == 2
    # The tab is closed, too.
    page.page.goto("about:blank")
    page.server.start()
    page.open(page.name)
    page.wait_for_value("workbench.objectsHere.value", unsaved)
    stored = [item for item in page.saved()["items"] if item["kind"] == "object"]
    assert sorted(stored, key=lambda item: item["position"]) == unsaved


def test_a_server_that_comes_back_is_noticed(page):
    page.fresh(HEAD)
    # Answered in the browser, which therefore has all that it needs for the next.
    page.click(*CENTRE)
    page.saved()
    page.server.kill()
    page.expects("Failed to load resource: net::ERR")
    page.click(330, 420)
    page.page.locator("[data-banner=unreachable]").wait_for()
    page.server.start()
    page.page.locator("[data-banner=unreachable]").wait_for(state="detached")
    (stored,) = [item for item in page.saved()["items"] if item["kind"] == "object"]
    assert stored == page.selected()


def test_the_second_tab_is_told_and_may_take_over(page):
    page.fresh(HEAD)
    page.click(*CENTRE)
    page.saved()
    page.expects("409")
    second = Driver(page.page.context.new_page(), page.server)
    second.expects("409")
    second.open(page.name)
    second.page.locator("[data-banner=elsewhere]").wait_for()
    assert second.evaluate("workbench.isReadOnly.value")
    assert second.page.get_by_role("radio", name="Points").is_disabled()
    second.button("Take over").click()
    second.wait_for("!workbench.isReadOnly.value")
    second.ready()
    assert second.objects() == page.objects()
    page.wait_for("workbench.isReadOnly.value")
    second.click(330, 420)
    second.saved()
    page.button("Take over").click()
    page.wait_for_value("workbench.objectsHere.value", second.objects())
    assert not second.problems


def test_a_full_disk_is_told_and_the_change_is_saved_later(page):
    page.fresh(HEAD)
    text = "The disk of the workbench is full: make room."
    page.expects("507")

    def refuse(route):
        route.fulfill(status=507, content_type="application/json", body=json.dumps({"detail": text, "kind": "full"}))

    page.page.route("**/changes", refuse)
    page.click(*CENTRE)
    page.page.get_by_text(text).first.wait_for()
    assert page.page.locator("[data-saving]").get_attribute("data-saving") != "saved"
    assert not [item for item in page.server.image(page.name)["items"] if item["kind"] == "object"]
    unsaved = page.objects()
    page.page.unroute("**/changes")
    # It is tried again after a quarter of a minute, or as soon as somebody looks.
    page.page.reload()
    page.wait_for_value("workbench?.objectsHere.value", unsaved)
    assert [item for item in page.saved()["items"] if item["kind"] == "object"] == unsaved


def test_who_waits_is_told_the_place_in_the_queue(page):
    answers = iter([(202, {"position": 4, "seconds": 7.4}), (503, {"position": 3, "seconds": 1})])

    def busy(route):
        if "ahead=true" in route.request.url:
            return route.continue_()
        status, more = next(answers, (None, None))
        if status is None:
            return route.continue_()
        body = more if status == 202 else {"detail": "Many are waiting.", "kind": "busy", **more}
        return route.fulfill(status=status, content_type="application/json", body=json.dumps(body))

    page.expects("503")
    page.page.route("**/embedding?*", busy)
    # What is shown for a moment is written down.
    page.page.add_init_script(
        """new MutationObserver(() => {
            const text = document.querySelector('[data-readiness]')?.innerText;
            if (text) (window.told = window.told ?? new Set()).add(text);
        }).observe(document, { subtree: true, childList: true, characterData: true });"""
    )
    page.fresh(LESION)
    told = page.evaluate("[...window.told]")
    assert "Waiting: position 4, about 7 s" in told
    assert "Waiting: position 3, about 1 s" in told


def test_a_file_that_is_written_anew_while_it_is_open_is_told(page):
    page.fresh(HEAD)
    (page.server.folder / page.name).write_bytes(LESION.read_bytes())
    # Each renewal of the lease asks for the state of the file.
    page.page.locator("[data-banner=replaced]").wait_for()
    page.button("Open it again").click()
    page.page.locator("[data-banner=replaced]").wait_for(state="detached")
    page.shows(page.name).ready()
    shown = page.evaluate("[workbench.pixels.value.height, workbench.pixels.value.width]")
    assert shown == list(pixels(LESION).shape)


def test_a_file_that_is_gone_keeps_its_work(page):
    page.fresh(HEAD)
    page.click(*CENTRE)
    page.saved()
    page.expects("410|404|Failed to load")
    (page.server.folder / page.name).unlink()
    page.click(330, 420)
    page.wait_for("workbench.saving.value.kind === 'saved'")
    page.button("Read the folder again").click()
    page.page.get_by_role("list", name="Images").get_by_text("file is missing").first.wait_for()
    (page.server.folder / page.name).write_bytes(HEAD.read_bytes())
    before = page.objects()
    page.open(page.name)
    page.wait_for_value("workbench.objectsHere.value", before)
