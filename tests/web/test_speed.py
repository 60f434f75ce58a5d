"""How quick the page is: measured inside it, printed at the end of the run, and not asserted."""

from __future__ import annotations

import statistics

import pytest
from PIL import Image

from tests.web.pictures import HEAD

CLICKS = 50
#: From a press of the mouse until the frame after the one in which a condition holds, in milliseconds.
STOPWATCH = """() => {
    window.stopwatch = (isDone) => {
        let start = null;
        window.took = null;
        addEventListener("pointerdown", (event) => (start = event.timeStamp), { capture: true, once: true });
        const look = () => {
            if (start !== null && isDone()) requestAnimationFrame(() => (window.took = performance.now() - start));
            else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
    };
}"""


@pytest.fixture(scope="module")
def server(browser, start, tmp_path_factory):
    """Of a few pictures of 800 x 600 pixels, of which none was opened before."""
    folder = tmp_path_factory.mktemp("timed")
    picture = Image.open(HEAD).resize((800, 600))
    for number in range(6):
        picture.rotate(number).save(folder / f"{number}.png")
    server = start(folder)
    server.wait_for_decoder()
    return server


def took(page) -> float:
    """What the stopwatch says, ms."""
    page.wait_for("window.took !== null")
    return page.evaluate("window.took")


def test_the_page_is_ready(tab, record_property):
    tab().page.goto(tab().server.address)
    page = tab()
    page.page.goto(page.server.address)
    # A handle of a function that runs in each frame: the time is that of the first one that is true.
    ready = page.page.wait_for_function(
        """() => window.workbench?.pixels.value && document.querySelectorAll('.image-row').length === 6
            && performance.now()"""
    ).json_value()
    record_property("speed", f"page ready, nothing in the browser's cache: {ready / 1000:.2f} s")


def test_an_image_is_ready_to_be_clicked(page, record_property):
    page.open("0.png")
    page.page.evaluate(STOPWATCH)
    times = []
    # The next one is encoded ahead, the one after it is not.
    for name in ("2.png", "5.png"):
        page.page.evaluate(
            """(name) => window.stopwatch(() => window.workbench.image.value?.name === name
                && document.querySelector('[role=application]').dataset.ready === 'true')""",
            name,
        )
        page.page.get_by_role("list", name="Images").get_by_text(name).click()
        times.append(took(page))
    record_property("speed", f"an image of 800 x 600 ready to click after it is opened: {max(times) / 1000:.2f} s")
    page.page.evaluate(
        """() => window.stopwatch(() => window.workbench.image.value?.name === '4.png'
            && document.querySelector('[role=application]').dataset.ready === 'true')"""
    )
    page.button("Previous image").click()
    page.ready()
    assert took(page) > 0


def test_clicks(page, record_property):
    # Not one that a tab of the tests before may still hold.
    page.open("3.png").decodes_itself().ready()
    page.page.evaluate(STOPWATCH)
    times = []
    for number in range(CLICKS):
        page.page.evaluate(
            """() => {
                const { workbench } = window;
                const id = workbench.newObject();
                window.stopwatch(() => workbench.items.value.get(id)?.mask && !workbench.isDecoding.value);
            }"""
        )
        page.page.mouse.click(*page.at(250 + 29 * (number % 10), 220 + 37 * (number // 10)))
        times.append(took(page))
        page.wait_for("workbench.candidates.value.length === 3 && workbench.measurements.value.size === 1")
        page.evaluate("workbench.remove(workbench.selectedId.value)")
        page.wait_for("workbench.measurements.value.size === 0")
    times.sort()
    where = page.evaluate("workbench.decoderPlace.value")
    record_property(
        "speed",
        f"click to mask on screen ({where}): median {statistics.median(times):.0f} ms of {CLICKS} clicks,"
        f" {times[0]:.0f} to {times[-1]:.0f} ms",
    )
    page.saved()
