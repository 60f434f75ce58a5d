"""Fingers, keys alone, browsers that lack something, and a token."""

from __future__ import annotations

import numpy as np
import pytest

from tests.web.driving import Driver
from tests.web.pictures import CENTRE, HEAD
from ultrasam.imaging import rle_to_mask


def test_fingers_tap_press_long_and_pinch(tab):
    page = tab(viewport={"width": 820, "height": 1180}, has_touch=True, is_mobile=True)
    page.fresh(HEAD)
    fingers = page.page.context.new_cdp_session(page.page)

    def touch(kind, *places):
        points = [{"x": x, "y": y, "id": index} for index, (x, y) in enumerate(places)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    before = page.prompts()
    page.page.touchscreen.tap(*page.at(*CENTRE))
    page.answered(before)
    before = page.prompts()
    touch("touchStart", page.at(330, 470))
    page.answered(before)
    touch("touchEnd")
    assert [point["label"] for point in page.selected()["prompt"]["points"]] == [1, 0]
    # A finger drags a point.
    before = page.prompts()
    start, end = page.at(330, 470), page.at(330, 520)
    touch("touchStart", start)
    for part in (0.3, 0.6, 1):
        touch("touchMove", (start[0], start[1] + part * (end[1] - start[1])))
    touch("touchEnd")
    page.answered(before)
    assert page.selected()["prompt"]["points"][1]["y"] == pytest.approx(520, abs=4)
    scale = page.view()[0]
    x, y = page.at(400, 270)
    touch("touchStart", (x - 40, y), (x + 40, y))
    for spread in (60, 80, 100, 120):
        touch("touchMove", (x - spread, y), (x + spread, y))
    touch("touchEnd")
    assert page.view()[0] == pytest.approx(3 * scale, rel=0.1)
    assert page.at(400, 270) == pytest.approx((x, y), abs=3)
    assert len(page.selected()["prompt"]["points"]) == 2


def test_keys_alone_are_enough(page):
    page.fresh(HEAD)
    page.button("Go to the image").focus()
    page.press("Enter")
    assert page.stage.evaluate("(stage) => stage === document.activeElement")
    before = page.prompts()
    page.press("ArrowLeft", "Shift+ArrowLeft", "ArrowDown")
    page.wait_for("workbench.hover.value !== null")
    page.press("Enter")
    page.answered(before)
    assert page.mask().sum() > 10_000
    for _ in range(8):
        page.press("Shift+ArrowDown")
    before = page.prompts()
    page.press("Backspace")
    page.answered(before)
    assert [point["label"] for point in page.selected()["prompt"]["points"]] == [1, 0]
    before = page.prompts()
    page.press("Backspace")
    page.answered(before)
    assert len(page.selected()["prompt"]["points"]) == 1
    page.press("?")
    dialog = page.page.get_by_role("dialog")
    assert "Undo" in dialog.inner_text()
    page.press("Escape")
    dialog.wait_for(state="detached")
    page.saved()


def test_without_webassembly_the_server_decodes(page):
    page.fresh(HEAD)
    here = [page.click(*CENTRE), page.click(330, 420)][1]
    page.page.route("**/*.wasm", lambda route: route.abort())
    page.expects("Failed to load resource|wasm|ArrayBuffer")
    page.fresh(HEAD, itself=False)
    page.asked.clear()
    page.click(*CENTRE)
    there = page.click(330, 420)
    assert [url for url in page.asked if url.endswith("/segment")]
    one, other = rle_to_mask(here["mask"]), rle_to_mask(there["mask"])
    assert 2 * np.logical_and(one, other).sum() / (one.sum() + other.sum()) > 0.9999
    assert here["score"] == pytest.approx(there["score"], abs=1e-4)


def test_without_the_token_nothing_is_shown(browser, start, tmp_path):
    (tmp_path / "fetal_head.png").write_bytes(HEAD.read_bytes())
    token = "a-token-that-is-long-enough"
    # The server listens at all addresses of this machine.
    server = start(tmp_path, "--host", "0.0.0.0", "--token", token)
    context = browser.new_context()
    page = Driver(context.new_page(), server)
    page.expects("401")
    page.page.goto(server.address)
    field = page.page.get_by_label("Token")
    field.fill("another-token-that-is-wrong")
    page.button("Open").click()
    page.page.get_by_text("That was another token.").wait_for()
    assert page.page.request.get(f"{server.address}api/images").status == 401
    field.fill(token)
    page.button("Open").click()
    page.button("Open files").first.wait_for()
    assert page.page.url.split("#")[0] == server.address
    page.name = "fetal_head.png"
    page.shows(page.name).ready()
    before = page.prompts()
    page.page.mouse.click(*page.at(*CENTRE))
    page.answered(before)
    page.wait_for("workbench.saving.value.kind === 'saved'")
    assert token not in page.page.url
    # It is not asked for again.
    page.page.reload()
    page.button("Open files").first.wait_for()
    # The address that the server prints has the token in it.
    other = browser.new_context()
    with_token = Driver(other.new_page(), server)
    with_token.page.goto(f"{server.address}?token={token}")
    with_token.shows(page.name)
    assert token not in with_token.page.url
    context.close()
    other.close()
    assert not page.problems + with_token.problems
