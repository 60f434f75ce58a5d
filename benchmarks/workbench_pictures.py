"""Make the pictures of the workbench that README and docs show, by a real server and a real browser.

    python -m benchmarks.workbench_pictures [FOLDER [PICTURE ...]]    (from the repository's root)

All images come from examples/; the DICOM files are made of them, with a calibration that is invented.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.references import ROOT
from tests.web.driving import Driver
from tests.web.pictures import CENTRE, HEAD, LESION, calibrated
from tests.web.serving import Server

MOST_BYTES = 250_000
SIZE = {"width": 1280, "height": 800}
NAMES = {
    "fetal_head.png": HEAD,
    "breast_lesion.png": LESION,
    "nerve.png": HEAD.with_name("nerve.png"),
}


def labelled(page: Driver, *names: str) -> None:
    """Have labels, once."""
    page.page.evaluate(
        """(names) => {
            const { workbench } = window;
            const colours = ["#4cc9f0", "#ffb703", "#80ed99"];
            const labels = names.map((name, index) => ({ id: crypto.randomUUID(), name, colour: colours[index] }));
            return workbench.labels.value.length ? null : workbench.putLabels(labels);
        }""",
        list(names),
    )


def head(page: Driver) -> None:
    """A click, a correction, measurements and alternatives."""
    labelled(page, "fetal head", "lesion", "nerve")
    page.click(*CENTRE)
    page.relabel(1, "fetal head")
    page.wait_for("workbench.candidates.value.length === 3 && workbench.measurements.value.size === 1")
    page.page.mouse.move(640, SIZE["height"] - 2)


def hover(page: Driver) -> None:
    """What a click would give."""
    labelled(page, "fetal head", "lesion", "nerve")
    page.page.mouse.move(*page.at(415, 230))
    page.wait_for("workbench.hover.value !== null")


def box(page: Driver) -> None:
    """A box, and what was painted."""
    page.press("b")
    before = page.prompts()
    page.drag((250, 200), (390, 300))
    page.answered(before)
    page.wait_for("workbench.measurements.value.size === 1")


def painted(page: Driver) -> None:
    """Two objects, one of them painted; the brush in hand."""
    page.click(*CENTRE)
    page.press("n", "r")
    page.page.get_by_role("slider", name="Brush radius in pixels").fill("14")
    page.drag((120, 470), (230, 500), steps=12)
    page.wait_for("workbench.objectsHere.value.length === 2")
    page.page.mouse.move(*page.at(250, 470))


def millimetres(page: Driver) -> None:
    """Measurements and rulers in mm."""
    labelled(page, "fetal head", "lesion", "nerve")
    page.click(*CENTRE)
    page.relabel(1, "fetal head")
    page.press("m")
    page.drag((190, 300), (606, 250))
    page.drag((520, 126), (545, 415))
    page.wait_for("workbench.measurements.value.size === 1 && workbench.rulersHere.value.length === 2")


def cine(page: Driver) -> None:
    """A structure on some frames."""
    labelled(page, "fetal head", "lesion", "nerve")
    page.click(*CENTRE)
    page.relabel(1, "fetal head")
    for index in (1, 2, 3):
        page.button("Carry on to the next frame").click()
        page.wait_for(
            "workbench.frame.value === arg && workbench.selected.value?.frame === arg && workbench.selected.value.mask"
            " && !workbench.isDecoding.value && workbench.readiness.value.kind === 'ready'",
            index,
        )
    page.wait_for("workbench.measurements.value.size === 1")
    page.page.mouse.move(640, SIZE["height"] - 2)


def shared(page: Driver) -> None:
    """Burned-in text: what is masked out and cut off."""
    page.press("k")
    page.drag((20, 15), (300, 60))
    page.press("x")
    page.drag((60, 10), (740, 520))
    page.wait_for("workbench.imageItem.value.crop")


def export(page: Driver) -> None:
    page.button("Export").first.click()
    page.page.get_by_role("dialog").wait_for()


def labels(page: Driver) -> None:
    page.button("Edit labels").click()
    page.page.get_by_role("dialog").wait_for()


def help_(page: Driver) -> None:
    page.press("?")
    page.page.get_by_role("dialog").wait_for()


def phone(page: Driver) -> None:
    """One click; the panels are behind buttons."""
    page.click(*CENTRE)


def nothing(page: Driver) -> None:
    """The page as it opens."""


#: Name of the picture, image, what is done, colours, size of the window.
STATES: tuple[tuple[str, str, Callable[[Driver], None], str, dict[str, int]], ...] = (
    ("workbench", "fetal_head.png", head, "dark", SIZE),
    ("workbench-hover", "breast_lesion.png", hover, "dark", SIZE),
    ("workbench-box", "nerve.png", box, "light", SIZE),
    ("workbench-brush", "fetal_head_2.png", painted, "light", SIZE),
    ("workbench-mm", "calibrated.dcm", millimetres, "dark", SIZE),
    ("workbench-cine", "cine.dcm", cine, "dark", SIZE),
    ("workbench-sharing", "named.dcm", shared, "light", SIZE),
    ("workbench-warning", "named_2.dcm", nothing, "light", SIZE),
    ("workbench-export", "fetal_head.png", export, "light", SIZE),
    ("workbench-labels", "fetal_head.png", labels, "dark", SIZE),
    ("workbench-help", "fetal_head.png", help_, "light", SIZE),
    ("workbench-phone", "fetal_head_3.png", phone, "dark", {"width": 390, "height": 780}),
)
#: The ones that README and docs show.
KEPT = ("workbench", "workbench-hover", "workbench-mm", "workbench-cine", "workbench-sharing")


def fill(folder: Path) -> None:
    """The images that are shown."""
    for name, source in NAMES.items():
        (folder / name).write_bytes(source.read_bytes())
    for number in (2, 3):
        (folder / f"fetal_head_{number}.png").write_bytes(HEAD.read_bytes())
    (folder / "calibrated.dcm").write_bytes(calibrated())
    (folder / "cine.dcm").write_bytes(calibrated(24))
    for name in ("named.dcm", "named_2.dcm"):
        (folder / name).write_bytes(calibrated(burned_in="YES"))


def shoot(browser: Browser, server: Server, out: Path, names: set[str]) -> None:
    """All states, each in a tab of its own."""
    for name, image, act, scheme, size in STATES:
        if names and name not in names:
            continue
        is_phone = size["width"] < 600
        context = browser.new_context(
            viewport=size, color_scheme=scheme, is_mobile=is_phone, device_scale_factor=2 if is_phone else 1
        )
        page = Driver(context.new_page(), server)
        page.open(image)
        act(page)
        page.saved()
        # Sliders and panels come to rest.
        page.page.wait_for_timeout(400)
        path = out / f"{name}.png"
        page.page.screenshot(path=path)
        picture = Image.open(path).convert("RGB")
        picture.save(path, optimize=True)
        if path.stat().st_size > MOST_BYTES:
            # Few colours are enough for grey images and flat panels; rare ones count as much.
            method, dither = Image.Quantize.MAXCOVERAGE, Image.Dither.NONE
            picture.quantize(256, method, dither=dither).save(path, optimize=True)
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB", *page.problems)
        context.close()


def main() -> None:
    """Make them in the folder that is given, else those that are kept in docs/images."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    names = set(sys.argv[2:]) or (set() if len(sys.argv) > 1 else set(KEPT))
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        folder = Path(temporary) / "scans"
        folder.mkdir()
        fill(folder)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        server = Server(folder, cache=Path(temporary) / "graphs")
        with closing(browser):
            try:
                server.wait_for_decoder()
                shoot(browser, server, out, names)
            finally:
                server.stop()


if __name__ == "__main__":
    main()
