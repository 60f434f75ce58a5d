"""What is seen: zoom, grey levels, overlay, colours of the page. Pixels of screenshots tell."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Page

from tests.web.pictures import CENTRE, HEAD, pixels

#: A bright pixel of the skull, and one inside the head that is grey.
BRIGHT = tuple(reversed(np.unravel_index(pixels()[200:400, 200:600].argmax(), (200, 400)) + np.array([200, 200])))


def test_zoom_and_pan(page):
    page.fresh(HEAD)
    fit = page.view()
    x, y = page.at(*CENTRE)
    page.page.mouse.move(x, y)
    page.page.mouse.wheel(0, -400)
    page.wait_for("Number(document.querySelector('[role=application]').dataset.scale) > arg * 1.2", fit[0])
    # What was under the pointer stays there.
    assert page.at(*CENTRE) == pytest.approx((x, y), abs=1)
    before = page.view()
    page.press("h")
    page.drag(CENTRE, (CENTRE[0] + 40, CENTRE[1] + 20), steps=4)
    moved = page.view()
    assert moved[0] == before[0]
    assert (moved[1] - before[1], moved[2] - before[2]) == pytest.approx((40 * before[0], 20 * before[0]), abs=2)
    # Space does so with any tool in hand.
    page.press("p")
    page.page.keyboard.down("Space")
    page.drag(CENTRE, (CENTRE[0] - 40, CENTRE[1] - 20), steps=4)
    page.page.keyboard.up("Space")
    assert page.view()[1:] == pytest.approx(before[1:], abs=3)
    assert page.objects() == []
    page.press("f")
    page.wait_for("Number(document.querySelector('[role=application]').dataset.scale) === arg", fit[0])
    assert page.view() == pytest.approx(fit, abs=0.01)
    page.button("Zoom in").click()
    page.wait_for("Number(document.querySelector('[role=application]').dataset.scale) > arg", fit[0])
    # Magnified, one original pixel is one square of its own grey.
    page.page.mouse.move(*page.at(*BRIGHT))
    for _ in range(8):
        page.page.mouse.wheel(0, -600)
    page.wait_for("Number(document.querySelector('[role=application]').dataset.scale) > 8")
    grey = int(pixels()[BRIGHT[1], BRIGHT[0]])
    assert page.seen_at(BRIGHT[0] + 0.5, BRIGHT[1] + 0.5) == pytest.approx([grey] * 3, abs=2)


def test_grey_levels(page):
    page.fresh(HEAD)
    page.button("show at 1 to 1").click()
    page.wait_for("Number(document.querySelector('[role=application]').dataset.scale) === 1")
    seen, shown = cut(page)
    assert np.abs(seen.astype(int) - shown).max() <= 1, "at 1 to 1 the screen has the image's own pixels"
    page.press("i")
    seen, shown = cut(page)
    assert np.abs(seen.astype(int) - (255 - shown)).max() <= 1
    page.press("i")
    page.page.get_by_role("slider", name="Window").fill("100")
    page.page.get_by_role("slider", name="Level").fill("80")
    seen, shown = cut(page)
    expected = np.clip((shown - 80) / 100 + 0.5, 0, 1) * 255
    assert np.abs(seen - expected).max() <= 3
    page.page.keyboard.down("Shift")
    page.drag(CENTRE, (CENTRE[0] + 50, CENTRE[1]))
    page.page.keyboard.up("Shift")
    page.wait_for("workbench.window.value > 110")
    page.button("Reset").click()
    seen, shown = cut(page)
    assert np.abs(seen.astype(int) - shown).max() <= 1


def test_a_browser_that_falsifies_what_is_read_of_a_canvas_shows_the_files_pixels(page):
    # Firefox with privacy.resistFingerprinting, and browsers made of it, give stripes.
    page.page.add_init_script(
        """OffscreenCanvasRenderingContext2D.prototype.getImageData = (x, y, width, height) => {
            const pixels = new ImageData(width, height);
            pixels.data.forEach((_, at, data) => (data[at] = (at * 53) % 256));
            return pixels;
        };"""
    )
    page.fresh(HEAD, itself=False)
    page.button("show at 1 to 1").click()
    page.wait_for("Number(document.querySelector('[role=application]').dataset.scale) === 1")
    seen, shown = cut(page)
    assert np.abs(seen.astype(int) - shown).max() <= 1


def cut(page):
    """A piece in the middle: as it is on the screen, and as it is in the file."""
    _, left, top = page.view()
    seen = page.seen()[:, :, 0]
    x, y = 300, 200
    shown = pixels()[y : y + 100, x : x + 100].astype(int)
    row, column = int(y + top + 0.5), int(x + left + 0.5)
    return seen[row : row + 100, column : column + 100], shown


def test_masks_are_laid_over_the_picture(page):
    page.fresh(HEAD)
    place = (CENTRE[0] + 60, CENTRE[1] + 30)
    plain = page.seen_at(*place)
    page.click(*CENTRE)
    page.page.get_by_label("Colour of object 1").fill("#ff0000")
    page.wait_for("workbench.selected.value.colour === '#ff0000'")
    page.page.get_by_role("slider", name="Opacity").fill("0.4")
    red, green, blue = page.seen_at(*place)
    assert (red, green, blue) == pytest.approx([0.6 * plain[0] + 0.4 * 255, 0.6 * plain[1], 0.6 * plain[2]], abs=6)
    page.page.get_by_role("slider", name="Opacity").fill("0.8")
    assert page.seen_at(*place)[0] > red + 30
    page.press("v")
    assert page.seen_at(*place) == plain
    page.press("v")
    page.button("Hide object 1").click()
    assert page.seen_at(*place) == plain


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_has_the_systems_colours(tab, scheme):
    page = tab(color_scheme=scheme)
    page.fresh(HEAD)
    background = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert (sum(background[:3]) > 3 * 128) == (scheme == "light")


def test_nothing_is_wider_than_a_telephone(tab):
    page = tab(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.fresh(HEAD)
    assert width_of(page.page) <= 390
    for drawer in ("Images", "Objects and display"):
        button = page.page.get_by_role("button", name=drawer, exact=True)
        button.tap()
        page.wait_for(f"document.querySelector('[aria-expanded=true]')?.getAttribute('aria-label') === '{drawer}'")
        assert width_of(page.page) <= 390
        page.press("Escape")
        page.wait_for("!document.querySelector('[aria-expanded=true]')")


def width_of(page: Page) -> int:
    return page.evaluate("() => document.documentElement.scrollWidth")
