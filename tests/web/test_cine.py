"""Frames of a cine: moving, playing, objects of their own, and a structure that is carried on."""

from __future__ import annotations

import numpy as np

from tests.web.pictures import CENTRE, calibrated

FRAMES = 12


def test_frames_by_slider_keys_and_playing(page):
    page.fresh(calibrated(FRAMES, scale=0.5), "cine.dcm")
    page.page.get_by_role("slider", name="Frame").fill("6")
    page.wait_for("workbench.frame.value === 6 && workbench.pixels.value.index === 6")
    page.page.wait_for_url("**frame=6")
    page.ready()
    page.press("Escape")
    page.page.mouse.click(*page.at(-5, 5))
    page.press(".", "d")
    page.wait_for("workbench.pixels.value.index === 8")
    page.press(",", "a", "a")
    page.wait_for("workbench.pixels.value.index === 5")
    page.press("Space")
    page.wait_for("workbench.playing.value && workbench.frame.value > 7")
    page.press("Space")
    page.wait_for("!workbench.playing.value")
    page.ready()
    # Playing begins again at the end.
    page.button("Play").click()
    page.page.wait_for_function(
        """() => { const { workbench } = window;
        window.seenFrames = (window.seenFrames ?? new Set()).add(workbench.pixels.value.index);
        return window.seenFrames.has(0) && window.seenFrames.has(11); }"""
    )
    page.button("Pause").click()


def test_a_structure_is_carried_on(page):
    page.fresh(calibrated(FRAMES, scale=0.5), "cine.dcm")
    x, y = CENTRE[0] / 2, CENTRE[1] / 2
    here = page.click(x, y)
    mask = page.mask()
    page.button("Carry on to the next frame").click()
    page.wait_for("workbench.frame.value === 1 && workbench.selected.value?.mask && !workbench.isDecoding.value")
    carried = page.selected()
    assert carried["track"] == here["track"]
    assert carried["id"] != here["id"]
    assert carried["prompt"]["start"] == here["mask"]
    moved = page.mask()
    assert np.logical_and(mask, moved).sum() * 2 / (mask.sum() + moved.sum()) > 0.9
    # Another object of this frame alone.
    page.press("n")
    page.click(40, 40)
    assert [len(page.objects()), page.evaluate("workbench.annotatedFrames.value")] == [2, [0, 1]]
    page.press(",")
    page.wait_for("workbench.frame.value === 0")
    assert page.objects() == [here]
    stored = [item for item in page.saved()["items"] if item["kind"] == "object"]
    assert sorted((item["frame"], item["track"] == here["track"]) for item in stored) == [
        (0, True),
        (1, False),
        (1, True),
    ]
