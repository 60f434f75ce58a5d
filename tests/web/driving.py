"""The page as a user has it: what is clicked, and what is seen."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import ConsoleMessage, Error, Locator, Page, Request, TimeoutError

from tests.web.serving import Server
from ultrasam.imaging import rle_to_mask

#: A value as text, the same for the same value.
_CANONICAL = """(value) => JSON.stringify(value, (_, part) => part && typeof part === 'object' && !Array.isArray(part)
    ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1))) : part)"""


class Driver:
    """One tab.

    Args:
        page: of Playwright.
        server: that the page is of.

    Attributes:
        name: of the image that it is about.
        problems: errors, violations of the content security policy, and requests that leave the server.
        asked: address of each request, in their order.
    """

    def __init__(self, page: Page, server: Server) -> None:
        self.page = page
        self.server = server
        self.name = ""
        self.problems: list[str] = []
        self.asked: list[str] = []
        self._expected: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._listen)
        page.on("request", self._watch)

    def expects(self, text: str) -> None:
        """An error that a test makes on purpose."""
        self._expected.append(text)

    def _listen(self, message: ConsoleMessage) -> None:
        is_grave = message.type == "error" or "Content Security Policy" in message.text
        if is_grave and not any(re.search(one, message.text) for one in self._expected):
            self.problems.append(f"{message.type}: {message.text} {message.location.get('url', '')}")

    def _watch(self, request: Request) -> None:
        self.asked.append(request.url)
        if not request.url.startswith((self.server.address, "data:", f"blob:{self.server.address}", "about:")):
            self.problems.append(f"a request to another place: {request.url}")

    def fresh(self, source: Path | bytes, name: str | None = None, *, itself: bool = True) -> Driver:
        """Open a copy of a file that no other test has; wait until it can be clicked, and the page decodes itself."""
        self.open(self.server.add(source, name))
        return self.decodes_itself().ready() if itself else self

    def open(self, name: str) -> Driver:
        """Open the page with this image, and wait until it can be clicked."""
        self.name = name
        self.page.goto("about:blank")
        self.page.goto(f"{self.server.address}#image={self.server.image(name)['id']}")
        return self.shows(name).ready()

    def decodes_itself(self) -> Driver:
        """Wait until the page needs no server for its masks."""
        self.wait_for("workbench.decoderPlace.value !== 'server'")
        return self

    def shows(self, name: str) -> Driver:
        """Wait until an image is shown."""
        self.wait_for("workbench?.image.value?.name === arg && workbench.pixels.value", name)
        return self

    def ready(self) -> Driver:
        """Wait until one can click."""
        self.page.locator('[role=application][data-ready="true"]').wait_for()
        return self

    @property
    def stage(self) -> Locator:
        return self.page.get_by_role("application", name="Image")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name)

    def press(self, *keys: str) -> None:
        """Keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a pixel of the original image is on the screen."""
        box = self.stage.bounding_box()
        across, down = self.on_stage(x, y)
        return box["x"] + across, box["y"] + down

    def on_stage(self, x: float, y: float) -> tuple[float, float]:
        """Where a pixel of the original image is on the stage."""
        scale, left, top = self.view()
        stretch_x, stretch_y = self._told("stretch-x", "stretch-y")
        return left + x * scale * stretch_x, top + y * scale * stretch_y

    def view(self) -> tuple[float, float, float]:
        """CSS pixels for the shorter side of an original pixel, and where the image's corner is on the stage."""
        return self._told("scale", "left", "top")

    def _told(self, *names: str) -> tuple[float, ...]:
        return tuple(float(self.stage.get_attribute(f"data-{name}")) for name in names)

    def click(self, x: float, y: float, **options: Any) -> dict[str, Any]:
        """Click a pixel of the image and wait for the mask; gives the selected object."""
        before = self.prompts()
        self.page.mouse.click(*self.at(x, y), **options)
        self.answered(before)
        return self.selected()

    def drag(self, start: tuple[float, float], end: tuple[float, float], steps: int = 8, **options: Any) -> None:
        """Press at one pixel of the image and let go at another."""
        self.page.mouse.move(*self.at(*start))
        self.page.mouse.down(**options)
        self.page.mouse.move(*self.at(*end), steps=steps)
        self.page.mouse.up(**options)

    def prompts(self) -> str:
        """What was said about this frame's objects, to see later that it is another."""
        return self.evaluate("JSON.stringify(workbench.objectsHere.value)")

    def answered(self, before: str) -> None:
        """Wait until objects are others than before and the model has nothing left to do."""
        self.wait_for(
            "JSON.stringify(workbench.objectsHere.value) !== arg && !workbench.isDecoding.value"
            " && workbench.readiness.value.kind === 'ready'",
            before,
        )

    def objects(self) -> list[dict[str, Any]]:
        """Of the frame that is shown."""
        return self.evaluate("workbench.objectsHere.value")

    def selected(self) -> dict[str, Any]:
        return self.evaluate("workbench.selected.value")

    def relabel(self, number: int, name: str) -> None:
        """Choose the label of an object, which is the selected one."""
        self.page.get_by_role("combobox", name=f"Label of object {number}").select_option(label=name)
        self.wait_for("workbench.selected.value.labelId !== null")

    def mask(self) -> np.ndarray:
        """Of the selected object."""
        return rle_to_mask(self.selected()["mask"])

    def wait_for(self, expression: str, arg: Any = None) -> None:
        """Wait for a condition in JavaScript; ``workbench`` is the page's."""
        try:
            self.page.wait_for_function(
                f"(arg) => {{ const workbench = window.workbench; return {expression}; }}", arg=arg
            )
        except TimeoutError as error:
            raise AssertionError(
                f"waited in vain for {expression}; the page: {self._state()} {self.problems}"
            ) from error

    def _state(self) -> str:
        """What a failure that comes seldom is understood by."""
        try:
            return self.evaluate(
                """JSON.stringify({
                    image: workbench.image.value?.name, objects: workbench.objectsHere.value.length,
                    ...Object.fromEntries(["isOpening", "isReadOnly", "isDecoding", "readiness", "saving",
                        "decoderPlace", "tool", "notices"].map((name) => [name, workbench[name].value])),
                })"""
            )
        except Error as error:
            return str(error)

    def wait_for_value(self, expression: str, value: Any) -> None:
        """Wait until an expression has a value; in which order an object's fields stand does not count."""
        self.wait_for(f"({_CANONICAL})({expression}) === ({_CANONICAL})(arg)", value)

    def evaluate(self, expression: str) -> Any:
        return self.page.evaluate(f"() => {{ const workbench = window.workbench; return {expression}; }}")

    def saved(self) -> dict[str, Any]:
        """Wait until all is on the server; gives what it has."""
        self.wait_for("workbench.saving.value.kind === 'saved'")
        return self.server.image(self.name)

    def seen(self) -> np.ndarray:
        """The stage as it is on the screen, (H, W, 3) uint8."""
        self.page.mouse.move(2, 2)
        # Drawing follows in the next frame.
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return np.asarray(Image.open(io.BytesIO(self.stage.screenshot())).convert("RGB"))

    def seen_at(self, x: float, y: float) -> list[int]:
        """Colour of one pixel of the image on the screen."""
        across, down = self.on_stage(x, y)
        return self.seen()[int(down), int(across)].tolist()
